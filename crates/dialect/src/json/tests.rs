use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::*;

const COMPACT: JsonFlavour = JsonFlavour::flask(Layout::Compact);
const INDENTED: JsonFlavour = JsonFlavour::flask(Layout::Indented);

#[derive(Serialize)]
struct Envelope<'a> {
    message: &'a str,
    code: u16,
}

fn text(value: &Value, flavour: JsonFlavour) -> String {
    to_text(value, &flavour).unwrap()
}

#[test]
fn the_two_examples_of_medusa_1_3() {
    let wrong_method = to_text(&Envelope { message: "请使用Post请求", code: 500 }, &JsonFlavour::django()).unwrap();
    assert_eq!(wrong_method, r#"{"message": "\u8bf7\u4f7f\u7528Post\u8bf7\u6c42", "code": 500}"#);
    assert_eq!(wrong_method.len(), 62);
    let registered = to_text(&Envelope { message: "注册成功", code: 200 }, &JsonFlavour::django()).unwrap();
    assert_eq!(registered, r#"{"message": "\u6ce8\u518c\u6210\u529f", "code": 200}"#);
    assert_eq!(registered.len(), 52);
}

#[test]
fn the_two_layouts_of_proxy_1_4() {
    let created = json!({"message": "创建成功"});
    assert_eq!(text(&created, COMPACT), "{\"message\":\"\\u521b\\u5efa\\u6210\\u529f\"}\n");
    assert_eq!(text(&created, INDENTED), "{\n  \"message\": \"\\u521b\\u5efa\\u6210\\u529f\"\n}\n");
}

#[test]
fn flask_sorts_members_of_structs_too_and_blanks_follow_commas() {
    #[derive(Serialize)]
    struct Row<'a> {
        username: &'a str,
        id: i64,
        permission: [&'a str; 2],
        rows: [u8; 0],
        about: Value,
    }
    let row = Row { username: "u", id: 1, permission: ["a", "b"], rows: [], about: json!({"z": {}, "b": 0.675501}) };
    let lines = [
        "{",
        r#"  "about": {"#,
        r#"    "b": 0.675501, "#,
        r#"    "z": {}"#,
        "  }, ",
        r#"  "id": 1, "#,
        r#"  "permission": ["#,
        r#"    "a", "#,
        r#"    "b""#,
        "  ], ",
        r#"  "rows": [], "#,
        r#"  "username": "u""#,
        "}",
        "",
    ];
    assert_eq!(to_text(&row, &INDENTED).unwrap(), lines.join("\n"));
    let compact = r#"{"about":{"b":0.675501,"z":{}},"id":1,"permission":["a","b"],"rows":[],"username":"u"}"#;
    assert_eq!(to_text(&row, &COMPACT).unwrap(), compact.to_owned() + "\n");
}

#[test]
fn python_escapes_what_is_not_printable_ascii() {
    let odd = json!("\u{7f}~é💚/<>&'\"\\\u{8}\u{c}\n\r\t\0\u{1f}");
    let escaped = r#""\u007f~\u00e9\ud83d\udc9a/<>&'\"\\\b\f\n\r\t\u0000\u001f""#;
    assert_eq!(text(&odd, JsonFlavour::django()), escaped);
    assert_eq!(text(&odd, COMPACT), escaped.to_owned() + "\n");
    assert_eq!(text(&json!({"é": 1}), JsonFlavour::django()), r#"{"\u00e9": 1}"#);
}

#[test]
fn php_has_two_switches() {
    let odd = json!({"a/b": "é💚\u{7f}\u{80}<a href='x'>&\"\u{2028}\u{8}", "action": []});
    let php = |ascii, html| text(&odd, JsonFlavour::php(ascii, html));
    assert_eq!(php(false, false), "{\"a/b\":\"é💚\u{7f}\u{80}<a href='x'>&\\\"\u{2028}\\b\",\"action\":[]}");
    let ascii = "{\"a\\/b\":\"\\u00e9\\ud83d\\udc9a\u{7f}\\u0080<a href='x'>&\\\"\\u2028\\b\",\"action\":[]}";
    assert_eq!(php(true, false), ascii);
    let html = "{\"a/b\":\"é💚\u{7f}\u{80}\\u003ca href=\\u0027x\\u0027\\u003e\\u0026\\\"\u{2028}\\b\",\"action\":[]}";
    assert_eq!(php(false, true), html);
    assert_eq!(text(&json!("</é>"), JsonFlavour::php(true, true)), r#""\u003c\/\u00e9\u003e""#);
}

#[test]
fn go_escapes_for_html_and_javascript() {
    let odd =
        json!({"name": "雪松<&>", "sign": "签名 \"a\" & b/'\u{2028}\u{2029}\u{7f}\u{8}\u{c}\n\u{1}", "data": null});
    let written = "{\"name\":\"雪松\\u003c\\u0026\\u003e\",\"sign\":\"签名 \\\"a\\\" \\u0026 b/'\\u2028\\u2029\u{7f}\
                   \\u0008\\u000c\\n\\u0001\",\"data\":null}";
    assert_eq!(text(&odd, JsonFlavour::go()), written);
}

#[test]
fn frp_is_compact_and_raw() {
    let failure = json!({"msg": "登录失败，账号或密码错误", "data": {"msg": "a/<b>"}, "status": 403});
    let written = r#"{"msg":"登录失败，账号或密码错误","data":{"msg":"a/<b>"},"status":403}"#;
    assert_eq!(text(&failure, JsonFlavour::frp()), written);
}

#[test]
fn fractions_as_python_writes_them() {
    let written = |value: f64| to_text(&[value], &COMPACT).unwrap();
    for (value, python) in [
        (0.675501, "0.675501"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (117.299, "117.299"),
        (1.234e-5, "1.234e-05"),
        (1e-5, "1e-05"),
        (1e-4, "0.0001"),
        (123_457_000.0, "123457000.0"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (-1.5e300, "-1.5e+300"),
        (5e-324, "5e-324"),
    ] {
        assert_eq!(python_float(value), python);
        assert_eq!(written(value), format!("[{python}]\n"));
        assert_eq!(to_text(&[value], &JsonFlavour::django()).unwrap(), format!("[{python}]"));
    }
    assert_eq!(to_text(&0.675_501_f32, &JsonFlavour::django()).unwrap(), "0.675501");
    assert_eq!(to_text(&1e10_f32, &JsonFlavour::django()).unwrap(), "10000000000.0");
}

#[test]
fn numbers_as_text() {
    for (literal, python) in [
        ("42", "42"),
        ("-7", "-7"),
        ("-0", "0"),
        ("1.5", "1.5"),
        ("1.0", "1.0"),
        ("1e2", "100.0"),
        ("1E16", "1e+16"),
        ("1e400", "inf"),
        ("NaN", "nan"),
        ("Infinity", "inf"),
        ("-Infinity", "-inf"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ] {
        assert_eq!(python_number(literal), python);
    }
    let body = parse_object(br#"{"username": 1e2, "big": 123456789012345678901}"#, JsonRules::PYTHON).unwrap();
    assert_eq!(body.get("username"), Some(&Json::Number("1e2".to_owned())));
    assert_eq!(body.get("big"), Some(&Json::Number("123456789012345678901".to_owned())));
}

#[test]
fn a_long_list_is_written_as_the_whole_would_be() {
    let rows = [json!({"z": [1, {}], "a": "é"}), json!({}), json!([]), json!(1.0)];
    for flavour in [COMPACT, INDENTED, JsonFlavour::django(), JsonFlavour::go()] {
        for count in 0..=rows.len() {
            let mut body = Vec::new();
            let mut list = ArrayWriter::open(&flavour, "dat\u{e9}", &mut body).unwrap();
            for row in &rows[..count] {
                list.element(row, &mut body).unwrap();
            }
            list.close(&mut body).unwrap();
            let whole = text(&json!({"dat\u{e9}": rows[..count]}), flavour);
            assert_eq!(String::from_utf8(body).unwrap(), whole);
        }
    }
}

#[test]
fn an_element_that_fails_leaves_no_trace() {
    let impossible = std::collections::HashMap::from([((1, 2), 3)]);
    for flavour in [COMPACT, JsonFlavour::frp()] {
        assert!(to_text(&impossible, &flavour).is_err());
        let mut body = Vec::new();
        let mut list = ArrayWriter::open(&flavour, "data", &mut body).unwrap();
        list.element(&1, &mut body).unwrap();
        assert!(list.element(&impossible, &mut body).is_err());
        list.element(&2, &mut body).unwrap();
        list.close(&mut body).unwrap();
        assert_eq!(String::from_utf8(body).unwrap().trim_end(), r#"{"data":[1,2]}"#);
    }
}

const READERS: [JsonRules; 4] = [JsonRules::PYTHON, JsonRules::PYTHON_TEXT, JsonRules::GO, JsonRules::PHP];

/// The member `a` of a body.
fn member(body: &[u8], rules: JsonRules) -> Result<Json, NotAnObject> {
    parse_object(body, rules).map(|object| object.get("a").cloned().unwrap_or(Json::Null))
}

fn held(text: &str) -> Result<Json, NotAnObject> {
    Ok(Json::Text(text.to_owned()))
}

#[test]
fn readers_differ_in_what_they_forgive() {
    let one = || Ok(Json::Number("1".to_owned()));
    let [python, python_text, go, php] = READERS.map(|rules| member(b"\xef\xbb\xbf{\"a\":1}", rules));
    assert_eq!((python, python_text), (one(), Err(NotAnObject::Malformed)));
    assert_eq!((go, php), (Err(NotAnObject::Malformed), Err(NotAnObject::Malformed)));
    let [python, _, go, php] = READERS.map(|rules| member(b"{\"a\":1}}} \xff", rules));
    assert_eq!((python, go, php), (Err(NotAnObject::Malformed), one(), Err(NotAnObject::Malformed)));
    let repeated = br#" {"a":1,"\u0061":2, "b":{"c":1,"c":2}} "#;
    for rules in READERS {
        assert_eq!(member(repeated, rules), Ok(Json::Number("2".to_owned())));
    }
}

#[test]
fn half_a_character_and_bytes_that_are_not_utf_8() {
    let [python, _, go, php] = READERS.map(|rules| member(br#"{"b":"\ud800","a":"x"}"#, rules));
    assert_eq!((python, go, php), (held("x"), held("x"), Err(NotAnObject::Malformed)), "in a member nobody reads");
    for (body, as_go) in [
        (r#"{"a":"x\ud800y"}"#, "x\u{fffd}y"),
        (r#"{"a":"\ud800\u0041"}"#, "\u{fffd}A"),
        (r#"{"a":"\udc00\ud800\ud83d\udc9a"}"#, "\u{fffd}\u{fffd}💚"),
    ] {
        assert_eq!(member(body.as_bytes(), JsonRules::GO), held(as_go));
        assert_eq!(member(body.as_bytes(), JsonRules::PYTHON), Ok(Json::BrokenText));
    }
    assert_eq!(member(b"{\"a\":\"\xe4\xb8x\xff\"}", JsonRules::GO), held("\u{fffd}\u{fffd}x\u{fffd}"));
    for rules in [JsonRules::PYTHON, JsonRules::PHP] {
        assert_eq!(member(b"{\"b\":\"\xff\",\"a\":1}", rules), Err(NotAnObject::Malformed));
        assert_eq!(member(br#"{"a":"\ud83d\udc9a"}"#, rules), held("💚"));
    }
}

#[test]
fn numbers_that_are_none() {
    for number in ["NaN", "Infinity", "-Infinity"] {
        let body = format!("{{\"a\":{number}}}");
        assert_eq!(member(body.as_bytes(), JsonRules::PYTHON), Ok(Json::Number(number.to_owned())));
        for rules in [JsonRules::GO, JsonRules::PHP] {
            assert_eq!(member(body.as_bytes(), rules), Err(NotAnObject::Malformed), "{number}");
        }
    }
    for malformed in ["01", "-", "-x", "1.", ".5", "1e", "1e+", "+1", "nan", "-NaN", "0x1", "--1", "1_0"] {
        let body = format!("{{\"a\":{malformed}}}");
        for rules in READERS {
            assert_eq!(member(body.as_bytes(), rules), Err(NotAnObject::Malformed), "{malformed}");
        }
    }
}

#[test]
fn python_finds_out_the_encoding() {
    let text = "{\"a\":\"é💚\"}";
    let units_16: Vec<u16> = text.encode_utf16().collect();
    let characters: Vec<u32> = text.chars().map(u32::from).collect();
    let encoded: [(&[u8], Vec<u8>); 4] = [
        (b"\xfe\xff", units_16.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
        (b"\xff\xfe", units_16.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
        (b"\0\0\xfe\xff", characters.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
        (b"\xff\xfe\0\0", characters.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
    ];
    for (mark, body) in encoded {
        let marked = [mark, &body].concat();
        for body in [&body, &marked] {
            assert_eq!(member(body, JsonRules::PYTHON), held("é💚"), "{mark:?}");
            for rules in [JsonRules::PYTHON_TEXT, JsonRules::GO, JsonRules::PHP] {
                assert_eq!(member(body, rules), Err(NotAnObject::Malformed));
            }
            assert_eq!(member(&body[..body.len() - 1], JsonRules::PYTHON), Err(NotAnObject::Malformed));
        }
    }
    let half: Vec<u8> =
        "{\"a\":\"".encode_utf16().chain([0xd800]).chain("\"}".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(member(&half, JsonRules::PYTHON), Ok(Json::BrokenText));
    let two_bytes: [&[u8]; 4] = [b"{}", b"{\0", b"\0{", b"\xff\xfe"];
    let [plain, ..] = two_bytes.map(|body| parse_object(body, JsonRules::PYTHON).is_ok());
    assert!(plain);
}

#[test]
fn json_of_another_type_is_told_apart_from_rubbish() {
    let others = [
        ("[]", Json::Array(Vec::new())),
        ("\"a\"", Json::Text("a".to_owned())),
        ("1", Json::Number("1".to_owned())),
        ("true", Json::Bool(true)),
        ("null", Json::Null),
    ];
    for (body, value) in others {
        assert_eq!(parse_object(body.as_bytes(), JsonRules::PHP), Err(NotAnObject::Other(value)));
    }
    for rubbish in [
        "",
        "{",
        "{\"a\":}",
        "a=1",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":[1 2]}",
        "{\"a\":\"\\u12\"}",
    ] {
        for rules in READERS {
            assert_eq!(parse_object(rubbish.as_bytes(), rules), Err(NotAnObject::Malformed), "{rubbish:?}");
        }
    }
}

#[test]
fn depth_and_count_are_bounded() {
    for rules in READERS {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(parse_object(deep.as_bytes(), rules), Err(NotAnObject::Malformed));
        let flat = format!("{{\"a\":[{}1]}}", "[[]],".repeat(300));
        assert!(parse_object(flat.as_bytes(), rules).is_ok());
        let many = format!("{{\"a\":[0{}]}}", ",0".repeat(20_000));
        assert_eq!(parse_object(many.as_bytes(), rules), Err(NotAnObject::Malformed));
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(1_000_000));
        assert_eq!(member(long.as_bytes(), rules).unwrap().as_str().unwrap().len(), 1_000_000);
    }
}

/// As `serde_json` would have read it.
fn same(ours: &Json, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(ours), Value::Bool(theirs)) => ours == theirs,
        (Json::Number(ours), Value::Number(theirs)) => *ours == theirs.to_string(),
        (Json::Text(ours), Value::String(theirs)) => ours == theirs,
        (Json::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Json::Object(ours), Value::Object(theirs)) => {
            theirs.iter().all(|(name, value)| ours.get(name).is_some_and(|ours| same(ours, value)))
        }
        _ => false,
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = "[\\x00-\\x7f]{0,6}|\\PC{0,6}|[/<>&'\u{2028}\u{2029}💚\u{7f}\u{80}\u{ffff}\u{10000}]{0,6}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text, inner), 0..5).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn flavours() -> [JsonFlavour; 9] {
    let php = JsonFlavour::php;
    let others = [JsonFlavour::django(), JsonFlavour::frp(), JsonFlavour::go()];
    let [django, frp, go] = others;
    [COMPACT, INDENTED, django, frp, go, php(false, false), php(false, true), php(true, false), php(true, true)]
}

proptest! {
    #[test]
    fn every_flavour_reads_back_as_the_same_value(value in any_json()) {
        for flavour in flavours() {
            let written = text(&value, flavour);
            prop_assert_eq!(&serde_json::from_str::<Value>(&written).unwrap(), &value);
            for rules in READERS {
                let ours = member(format!("{{\"a\":{written}}}").as_bytes(), rules).unwrap();
                prop_assert!(same(&ours, &value), "{written}");
            }
        }
    }

    #[test]
    fn ascii_flavours_are_ascii(value in any_json()) {
        for flavour in [COMPACT, INDENTED, JsonFlavour::django(), JsonFlavour::php(true, false)] {
            prop_assert!(text(&value, flavour).is_ascii());
        }
    }

    #[test]
    fn fractions_read_back_as_the_same(value in any::<f64>().prop_filter("JSON has none", |value| value.is_finite())) {
        for flavour in flavours() {
            let written = to_text(&value, &flavour).unwrap();
            prop_assert_eq!(written.trim_end().parse::<f64>().unwrap().to_bits(), value.to_bits());
            prop_assert!(written.contains(['.', 'e']));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..60)) {
        for rules in READERS {
            let ours = parse_object(&body, rules).is_ok();
            let theirs = matches!(serde_json::from_slice::<Value>(&body), Ok(Value::Object(_)));
            prop_assert!(ours || !theirs);
        }
    }
}
