//! The columns of the table.

use super::*;
use crate::event::Recent;

#[test]
fn the_table_of_a_usual_run_fits_80_columns() {
    // The longest IPv4 addresses, intercontinental round trips, and a hundred rounds.
    let row = |received| Row {
        sent: 100,
        ..answered(received, 312_345)
    };
    let (out, _) = printed(
        Known(vec![
            ("", "198.51.100.201", "printer"),
            ("", "198.51.100.202", "door"),
        ]),
        quiet(),
        ManyStyle::default(),
        &[Event::Finished(&of(2), &Rows(vec![row(100), row(67)]))],
    );
    let mut lines = out.lines();
    let table = [(); 3].map(|()| lines.next().unwrap());
    assert_eq!(
        table,
        [
            "target          label    sent  recv  loss %   min ms   avg ms   max ms   p99 ms",
            "198.51.100.201  printer   100   100       0  312.245  312.345  312.445  312.435",
            "198.51.100.202  door      100    67      33  312.245  312.345  312.445  312.435",
        ]
    );
    assert_eq!(table.map(str::len), [79; 3]);
}

#[test]
fn the_ninety_ninth_of_fewer_than_a_hundred_is_the_longest_and_has_no_column() {
    for (received, heading) in [(99, " max ms"), (100, " p99 ms")] {
        let row = Row {
            sent: 100,
            ..answered(received, 523)
        };
        let (out, _) = printed(
            Known(vec![("", "198.51.100.7", "")]),
            quiet(),
            ManyStyle::default(),
            &[Event::Finished(&of(1), &Rows(vec![row]))],
        );
        let first = out.lines().next().unwrap();
        assert!(first.ends_with(heading), "{received}: {out}");
    }
}

#[test]
fn headings_stand_above_their_columns_whatever_is_in_them() {
    let long = Row {
        sent: 4_000_000_000,
        received: 3_999_999_999,
        ..answered(3, 7_200_000_000)
    };
    let (out, _) = printed(
        Known(vec![("", "::1", ""), ("", "::2", "")]),
        quiet(),
        ManyStyle::default(),
        &[Event::Finished(&of(2), &Rows(vec![answered(3, 523), long]))],
    );
    let table: Vec<&str> = out.lines().take(3).collect();
    assert_eq!(
        table,
        [
            "target        sent        recv   loss %       min ms       avg ms       max ms       p99 ms",
            "::1              3           3        0        0.423        0.523        0.623        0.613",
            "::2     4000000000  3999999999  2.5e-08  7199999.900  7200000.000  7200000.100  7200000.090",
        ]
    );
}

#[test]
fn window_has_three_columns_more() {
    let recent = |lost, mean| {
        Some(Recent {
            length: Duration::from_secs(60),
            received: 3,
            lost,
            mean,
            p99: mean,
            ..Recent::default()
        })
    };
    let rows = vec![
        Row {
            recent: recent(1, Some(us(1500))),
            ..answered(3, 523)
        },
        Row {
            recent: recent(0, None),
            ..answered(2, 12_345)
        },
        unreachable(),
    ];
    let summary = Summary::default();
    let events = [Event::Finished(&summary, &Rows(rows))];
    let (out, _) = printed(three(), Style::default(), ManyStyle::default(), &events);
    let ends = |line: usize, end: &str| {
        let text = out.lines().nth(line).unwrap();
        assert!(text.ends_with(end), "{text:?}");
    };
    ends(0, "  loss % (60 s)  avg ms (60 s)  p99 ms (60 s)");
    ends(1, "             25          1.500          1.500");
    ends(2, "              0              -              -");
    assert!(
        out.lines()
            .nth(3)
            .unwrap()
            .contains("  -              -              -  "),
        "{out}"
    );
}
