//! Parses lines of `--json` strictly by their schema.

use std::collections::BTreeMap;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

pub(crate) struct Schema {
    schemas: Schemas,
    whole: SchemaIndex,
    /// The schema of each event, which gives shorter errors.
    of_event: BTreeMap<String, SchemaIndex>,
}

impl Schema {
    /// Reads the output of `rping --generate schema`.
    pub(crate) fn new(text: &str) -> Self {
        let schema: Value = serde_json::from_str(text).unwrap();
        let id = schema["$id"].as_str().unwrap().to_owned();
        let events: Vec<String> = schema["$defs"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
        compiler.add_resource(&id, schema).unwrap();
        let whole = compiler.compile(&id, &mut schemas).unwrap();
        let of_event = events.into_iter().map(|event| {
            let place = format!("{id}#/$defs/{event}");
            let index = compiler.compile(&place, &mut schemas).unwrap();
            (event, index)
        });
        let of_event = of_event.collect();
        Self {
            schemas,
            whole,
            of_event,
        }
    }

    /// The events that have a line.
    #[allow(dead_code, reason = "not each of the tests that have this module asks")]
    pub(crate) fn events(&self) -> impl Iterator<Item = &str> {
        self.of_event.keys().map(String::as_str)
    }

    /// Parses and validates a line.
    pub(crate) fn read(&self, line: &str) -> Value {
        let value: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let event = value["event"]
            .as_str()
            .unwrap_or_else(|| panic!("no event: {line}"));
        let index = self
            .of_event
            .get(event)
            .unwrap_or_else(|| panic!("no such event: {line}"));
        let checked = self.schemas.validate(&value, *index);
        assert!(
            checked.is_ok(),
            "{:?}: {line}",
            checked.err().map(|error| error.to_string())
        );
        assert!(self.schemas.validate(&value, self.whole).is_ok(), "{line}");
        value
    }

    /// Parses all lines of a run, which begin with `start` and end with `end`.
    #[allow(dead_code, reason = "not each of the tests that have this module asks")]
    pub(crate) fn read_run(&self, out: &str) -> Vec<Value> {
        assert!(out.ends_with('\n'), "{out}");
        let lines: Vec<Value> = out.lines().map(|line| self.read(line)).collect();
        let told = |event| {
            lines
                .iter()
                .filter(move |line| line["event"] == event)
                .count()
        };
        assert_eq!((told("start"), told("end")), (1, 1), "{out}");
        let (first, last) = (lines.first().unwrap(), lines.last().unwrap());
        assert_eq!(
            (&first["event"], &last["event"]),
            (&"start".into(), &"end".into()),
            "{out}"
        );
        lines
    }
}
