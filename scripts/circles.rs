//! Finds circles of files inside a room: `circles FOLDER...`, a folder for each crate. One standard library program; `scripts/check-arrows` builds it.
//!
//! A file borrows from another when a path in it (`crate::`, `super::`, `self::`, or a child module in a `use`) leads there, re-exports
//! followed. What a file borrows from a module that it stands in is not counted: a folder's own file is its door. Tests do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module's path inside its crate; the root has none.
type Module = Vec<String>;

/// One path as it stands in a file, and the name it is given there (`as`), if it stands in a `use`.
struct Mention {
    segments: Vec<String>,
    imported_as: Option<String>,
}

type Room = BTreeMap<Module, Vec<Mention>>;

fn main() {
    let mut circles = 0;
    for folder in std::env::args().skip(1) {
        let room = read(Path::new(&folder));
        for circle in circles_of(&edges(&room)) {
            circles += 1;
            println!("a circle in {folder}: {}", circle.join(" -> "));
        }
    }
    std::process::exit(i32::from(circles > 0));
}

fn read(crate_folder: &Path) -> Room {
    let source = crate_folder.join("src");
    let mut files = Vec::new();
    collect(&source, &mut files);
    let module_of = |file: &Path| -> Module {
        let inside = file.strip_prefix(&source).unwrap_or(file).with_extension("");
        let mut names: Module = inside.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        if names.last().is_some_and(|name| ["mod", "lib", "main"].contains(&name.as_str())) {
            names.pop();
        }
        names
    };
    let modules: BTreeSet<Module> = files.iter().map(|file| module_of(file)).collect();
    let mut room = Room::new();
    for file in &files {
        let module = module_of(file);
        let text = fs::read_to_string(file).unwrap_or_default();
        let mentions = mentions(&tokens(&without_tests(&text)), &module, &modules);
        room.entry(module).or_default().extend(mentions);
    }
    room
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name == "tests" || name.ends_with("_tests") || name.ends_with("_test") || name == "bin" {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Unit tests stand at the end of their file.
fn without_tests(text: &str) -> String {
    let end = ["#[cfg(test)]\nmod ", "#[cfg(test)]\npub(super) mod ", "#[cfg(test)]\npub(crate) mod "]
        .iter()
        .flat_map(|start| text.match_indices(start))
        .find(|(at, _)| text[*at..].lines().nth(1).is_some_and(|line| line.ends_with('{')))
        .map_or(text.len(), |(at, _)| at);
    text[..end].to_owned()
}

/// Identifiers, `::` and single signs; no comments, no texts, no characters.
fn tokens(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let at = |index: usize| letters.get(index).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let mut index = 0;
    while index < letters.len() {
        let letter = at(index);
        if letter == '/' && at(index + 1) == '/' {
            while index < letters.len() && at(index) != '\n' {
                index += 1;
            }
        } else if letter == '"' {
            let hashes = (0..index).rev().take_while(|&back| at(back) == '#').count();
            let raw = index > hashes && at(index - hashes - 1) == 'r';
            index += 1;
            while index < letters.len() {
                if at(index) == '\\' && !raw {
                    index += 1;
                } else if at(index) == '"' && (!raw || (1..=hashes).all(|ahead| at(index + ahead) == '#')) {
                    break;
                }
                index += 1;
            }
            index += 1;
        } else if letter == '\'' && (at(index + 1) == '\\' || at(index + 2) == '\'') {
            index += if at(index + 1) == '\\' { 3 } else { 2 };
            while index < letters.len() && at(index - 1) != '\'' && at(index) != '\'' {
                index += 1;
            }
            index += usize::from(at(index) == '\'');
        } else if letter.is_alphanumeric() || letter == '_' {
            let start = index;
            while at(index).is_alphanumeric() || at(index) == '_' {
                index += 1;
            }
            found.push(letters[start..index].iter().collect());
        } else if letter == ':' && at(index + 1) == ':' {
            found.push("::".to_owned());
            index += 2;
        } else {
            if !letter.is_whitespace() {
                found.push(letter.to_string());
            }
            index += 1;
        }
    }
    found
}

fn mentions(tokens: &[String], module: &Module, modules: &BTreeSet<Module>) -> Vec<Mention> {
    let token = |index: usize| tokens.get(index).map_or("", String::as_str);
    let mut found = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let after_path = index > 0 && token(index - 1) == "::";
        let in_use = index > 0 && token(index - 1) == "use";
        let mut child = module.clone();
        child.push(token(index).to_owned());
        let begins = ["crate", "super", "self"].contains(&token(index)) && token(index + 1) == "::";
        if !after_path && (begins || (in_use && modules.contains(&child))) {
            let mut first = Vec::new();
            if !begins {
                first.push("self".to_owned());
            }
            index = tree(tokens, index, first, in_use, &mut found);
        } else {
            index += 1;
        }
    }
    found
}

/// Reads one path, or a tree of them, from `index`; gives where it ends.
fn tree(tokens: &[String], mut index: usize, mut segments: Vec<String>, in_use: bool, found: &mut Vec<Mention>) -> usize {
    let token = |index: usize| tokens.get(index).map_or("", String::as_str);
    loop {
        if token(index) == "{" {
            index += 1;
            while index < tokens.len() && token(index) != "}" {
                index = tree(tokens, index, segments.clone(), in_use, found);
                index += usize::from(token(index) == ",");
            }
            return index + 1;
        }
        if token(index) != "self" || segments.is_empty() {
            segments.push(token(index).to_owned());
        }
        index += 1;
        if token(index) != "::" || token(index + 1) == "<" {
            break;
        }
        index += 1;
    }
    let mut name = segments.last().cloned();
    if in_use && token(index) == "as" {
        name = Some(token(index + 1).to_owned());
        index += 2;
    }
    found.push(Mention { segments, imported_as: name.filter(|_| in_use) });
    index
}

/// The file that a path leads to.
fn resolve(room: &Room, from: &Module, segments: &[String], depth: usize) -> Option<Module> {
    let mut module = from.clone();
    for (position, segment) in segments.iter().enumerate() {
        match segment.as_str() {
            "crate" => module.clear(),
            "self" | "*" => {}
            "super" => {
                module.pop();
            }
            name => {
                let mut child = module.clone();
                child.push(name.to_owned());
                if room.contains_key(&child) {
                    module = child;
                    continue;
                }
                // An item of this module, perhaps one that it only passes on.
                if depth == 0 {
                    return None;
                }
                let mentions = room.get(&module)?;
                let named = mentions.iter().find(|mention| mention.imported_as.as_deref() == Some(name));
                if let Some(mention) = named {
                    let mut onward = mention.segments.clone();
                    onward.extend_from_slice(&segments[position + 1..]);
                    return resolve(room, &module, &onward, depth - 1);
                }
                let globs = mentions.iter().filter(|mention| mention.imported_as.as_deref() == Some("*"));
                for glob in globs {
                    let onward = resolve(room, &module, &glob.segments, depth - 1)?;
                    let passed_on = room.get(&onward)?.iter().any(|mention| mention.imported_as.as_deref() == Some(name));
                    if onward != module && passed_on {
                        return resolve(room, &onward, &segments[position..], depth - 1);
                    }
                }
                return Some(module);
            }
        }
    }
    Some(module)
}

fn edges(room: &Room) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut edges = BTreeMap::new();
    for (module, mentions) in room {
        let targets = mentions.iter().filter_map(|mention| resolve(room, module, &mention.segments, 8));
        let targets: BTreeSet<Module> = targets.filter(|target| !module.starts_with(target)).collect();
        edges.insert(module.clone(), targets);
    }
    edges
}

/// For each set of files that all lead to each other: one way round.
fn circles_of(edges: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<String>> {
    let mut told = BTreeSet::new();
    let mut circles = Vec::new();
    for start in edges.keys() {
        if told.contains(start) {
            continue;
        }
        let Some(way) = way_back(edges, start) else { continue };
        told.extend(way.iter().cloned());
        let names = way.iter().map(|module| if module.is_empty() { "lib".to_owned() } else { module.join("/") });
        circles.push(names.collect());
    }
    circles
}

/// The shortest way from a file back to itself.
fn way_back(edges: &BTreeMap<Module, BTreeSet<Module>>, start: &Module) -> Option<Vec<Module>> {
    let mut ways = std::collections::VecDeque::from([vec![start.clone()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in edges.get(way.last()?).into_iter().flatten() {
            let mut longer = way.clone();
            longer.push(next.clone());
            if next == start {
                return Some(longer);
            }
            if seen.insert(next.clone()) {
                ways.push_back(longer);
            }
        }
    }
    None
}
