//! Collects messages about invalid targets, in bounded memory.

/// Messages that are printed. The others are only counted.
const TOLD: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Complaints {
    told: Vec<String>,
    others: u64,
}

impl Complaints {
    pub(super) fn push(&mut self, complaint: &impl ToString) {
        if self.told.len() < TOLD {
            self.told.push(complaint.to_string());
        } else {
            self.others = self.others.saturating_add(1);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// The messages, and a line with the number of the others.
    pub(super) fn into_lines(self) -> Vec<String> {
        let mut lines = self.told;
        match self.others {
            0 => {}
            1 => lines.push("1 more invalid target".to_owned()),
            others => lines.push(format!("{others} more invalid targets")),
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_after_the_first_hundred_are_counted() {
        for (count, last) in [
            (100, "complaint 100"),
            (101, "1 more invalid target"),
            (2_000_000, "1999900 more invalid targets"),
        ] {
            let mut complaints = Complaints::default();
            assert!(complaints.is_empty());
            for number in 1..=count {
                complaints.push(&format_args!("complaint {number}"));
            }
            let lines = complaints.into_lines();
            assert_eq!(lines.len(), count.min(101));
            assert_eq!(
                (lines[0].as_str(), lines[lines.len() - 1].as_str()),
                ("complaint 1", last)
            );
        }
    }
}
