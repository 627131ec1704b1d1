//! The embedded migrations are read at compile time; cargo cannot know that by itself.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
