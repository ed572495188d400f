//! What round trips and losses of probes of several sizes tell.

use crate::event::{Fit, OfSize};

/// With fewer points, any line fits.
const FEWEST: usize = 3;

/// Losses that chance makes less often than once in a thousand times are not taken for chance.
const CHANCE: f64 = 0.001;

/// The line of least squares through the shortest round trips; none with fewer than three.
#[must_use]
#[allow(
    clippy::cast_precision_loss,
    reason = "sizes and their number are exact in a double"
)]
pub fn fit(sizes: &[OfSize]) -> Option<Fit> {
    let points = sizes.iter().filter_map(|size| {
        let min = size.min?;
        Some((f64::from(size.data), min.as_secs_f64()))
    });
    let points: Vec<(f64, f64)> = points.collect();
    let count = points.len() as f64;
    if points.len() < FEWEST {
        return None;
    }
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|point| point.0), mean(|point| point.1));
    let mut squares = 0.0;
    let mut products = 0.0;
    for (x, y) in &points {
        squares += (x - x_mean) * (x - x_mean);
        products += (x - x_mean) * (y - y_mean);
    }
    let each_octet = products / squares;
    let base = y_mean - each_octet * x_mean;
    let residuals = points
        .iter()
        .map(|(x, y)| y - base - each_octet * x)
        .map(|residual| residual * residual)
        .sum::<f64>();
    let error = (residuals / (count - 2.0) / squares).sqrt();
    Some(Fit {
        base,
        each_octet,
        error,
    })
}

/// Marks each size whose loss chance does not explain. The expected rate is the loss of all sizes that lost a smaller part
/// of their probes.
pub fn mark_lossy(sizes: &mut [OfSize]) {
    let all = sizes.to_vec();
    for size in sizes {
        let others = all.iter().filter(|other| is_better(other, size));
        let (sent, lost) = others.fold((0.0, 0.0), |(sent, lost), other| {
            (sent + f64::from(other.sent), lost + f64::from(other.lost))
        });
        // One loss more than was seen: that nothing was lost yet does not mean that nothing ever is.
        let rate = (lost + 1.0) / (sent + 2.0);
        size.is_lossy = sent > 0.0 && at_least(size.lost, size.sent, rate) < CHANCE;
    }
}

fn is_better(one: &OfSize, other: &OfSize) -> bool {
    u64::from(one.lost) * u64::from(other.sent) < u64::from(other.lost) * u64::from(one.sent)
}

/// How likely it is that this number or more of `sent` probes are lost (binomial distribution).
fn at_least(lost: u32, sent: u32, rate: f64) -> f64 {
    let mut likely = (1.0 - rate).powf(f64::from(sent));
    let mut fewer = 0.0;
    for number in 0..lost {
        fewer += likely;
        likely *= f64::from(sent - number) / f64::from(number + 1) * rate / (1.0 - rate);
    }
    (1.0 - fewer).max(0.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of(data: u16, lost: u32, min: Option<u64>) -> OfSize {
        OfSize {
            data,
            sent: 5,
            lost,
            min: min.map(Duration::from_nanos),
            median: None,
            is_lossy: false,
        }
    }

    #[test]
    fn line_is_that_of_least_squares() {
        // 100 us, and 10 ns for each octet.
        let sizes =
            [0, 100, 200, 400].map(|data| of(data, 0, Some(100_000 + 10 * u64::from(data))));
        let exact = fit(&sizes).unwrap();
        assert!((exact.base - 100e-6).abs() < 1e-12);
        assert!((exact.each_octet - 10e-9).abs() < 1e-15);
        assert!(exact.error < 1e-15 && exact.means_something());
        // By hand: slope 1, intercept 1/3, residuals -1/3, 2/3, -1/3, error sqrt(2/3 / 1 / 2).
        let scattered = [(0, 0), (1, 2), (2, 2)].map(|(data, min)| of(data, 0, Some(min)));
        let scattered = fit(&scattered).unwrap();
        assert!((scattered.each_octet * 1e9 - 1.0).abs() < 1e-9);
        assert!((scattered.base * 1e9 - 1.0 / 3.0).abs() < 1e-9);
        assert!((scattered.error * 1e9 - (1.0_f64 / 3.0).sqrt()).abs() < 1e-9);
        assert!(!scattered.means_something());
    }

    #[test]
    fn fewer_than_three_sizes_that_were_answered_make_no_line() {
        let sizes = [of(16, 0, Some(1)), of(32, 0, Some(2)), of(64, 5, None)];
        assert_eq!(fit(&sizes), None);
    }

    #[test]
    fn round_trips_that_fall_with_the_size_mean_nothing() {
        let sizes = [(16, 30), (32, 20), (64, 10)].map(|(data, min)| of(data, 0, Some(min)));
        assert!(!fit(&sizes).unwrap().means_something());
    }

    fn lossy(lost: &[u32]) -> Vec<usize> {
        let mut sizes: Vec<OfSize> = (0_u16..)
            .zip(lost)
            .map(|(data, lost)| of(data, *lost, None))
            .collect();
        mark_lossy(&mut sizes);
        let lossy = sizes.iter().enumerate().filter(|(_, size)| size.is_lossy);
        lossy.map(|(place, _)| place).collect()
    }

    #[test]
    fn sizes_that_are_lost_more_often_than_the_others_are_found() {
        assert_eq!(lossy(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 5]), [9]);
        assert_eq!(lossy(&[0, 0, 0, 0, 0, 5, 5, 5, 5, 5]), [5, 6, 7, 8, 9]);
        assert_eq!(lossy(&[0, 1, 0, 0, 0, 0, 0, 4, 5, 5]), [7, 8, 9]);
    }

    #[test]
    fn loss_of_all_sizes_alike_is_of_none_of_them() {
        assert_eq!(lossy(&[5; 10]), [0_usize; 0]);
        assert_eq!(lossy(&[0; 10]), [0_usize; 0]);
        assert_eq!(lossy(&[1, 2, 0, 1, 3, 1, 2, 0, 1, 2]), [0_usize; 0]);
        assert_eq!(
            lossy(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
            [0_usize; 0],
            "one loss is chance"
        );
        assert_eq!(lossy(&[]), [0_usize; 0]);
    }

    #[test]
    fn chance_is_that_of_the_binomial_distribution() {
        assert!((at_least(5, 5, 0.5) - 1.0 / 32.0).abs() < 1e-12);
        assert!((at_least(1, 2, 0.5) - 0.75).abs() < 1e-12);
        assert!((at_least(0, 5, 0.5) - 1.0).abs() < 1e-12);
    }
}
