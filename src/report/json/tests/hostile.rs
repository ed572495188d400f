//! Foreign text in lines.

use proptest::prelude::*;

use super::*;

/// A target with this name and label.
#[derive(Debug)]
struct Called {
    name: String,
    label: String,
}

impl Directory for Called {
    fn len(&self) -> TargetNumber {
        1
    }

    fn address(&self, _: TargetNumber) -> Option<SocketAddr> {
        Some(address("192.0.2.1"))
    }

    fn name(&self, _: TargetNumber) -> Option<&str> {
        Some(&self.name)
    }

    fn label(&self, _: TargetNumber) -> Option<&str> {
        Some(&self.label)
    }
}

/// The lines of a run with a target of this name and label.
fn lines(name: &str, label: &str) -> String {
    let called = Called {
        name: name.to_owned(),
        label: label.to_owned(),
    };
    let outlets = (Held::default(), Held::default());
    let mut json = Json::new(
        Detail::All,
        run(),
        "rping",
        Rc::new(called),
        outlets,
        NoNames,
    );
    json.on(&Event::Sent(probe()), 0);
    json.on(&Event::Warning(name), 0);
    json.out()
}

#[test]
fn characters_that_a_terminal_obeys_are_escaped() {
    let out = lines(
        "a\"b\\\x1b[2J\u{9b}2J\u{7f}\u{202e}\n",
        "x\u{2028}y\u{e0001}",
    );
    assert!(
        out.contains(r#""name":"a\"b\\\u001b[2J\u009b2J\u007f\u202e\n""#),
        "{out}"
    );
    assert!(out.contains(r#""label":"x\u2028y\udb40\udc01""#), "{out}");
    assert_eq!(out.lines().count(), 4);
}

#[test]
fn visible_text_is_not_escaped() {
    assert!(lines("東京", "Büro 5").contains(r#""name":"東京""#));
}

proptest! {
    #[test]
    fn any_text_comes_back_exactly(name: String, label: String) {
        let out = lines(&name, &label);
        let told: Vec<serde_json::Value> =
            out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(told.len(), 4);
        prop_assert_eq!(&told[1]["name"], &name);
        prop_assert_eq!(&told[1]["label"], &label);
        prop_assert_eq!(&told[2]["name"], &name);
        prop_assert_eq!(&told[3]["message"], &name);
        prop_assert!(out.chars().all(|character| character == '\n' || !character.is_control()));
    }
}
