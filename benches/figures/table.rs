//! Figures, their goals, and the table that shows both.

use std::time::Duration;

use crate::options::Options;
use crate::support::terraform::provider;

/// A row of the table.
pub(crate) struct Line {
    pub(crate) what: String,
    /// As many `terraform_data`, and as many resources of the same schema that are answered from memory.
    pub(crate) floors: Option<(Duration, Duration)>,
    pub(crate) figure: Figure,
    /// What the figure may be at most.
    pub(crate) goal: f64,
    /// Anything else that is worth knowing.
    pub(crate) note: String,
}

/// What was measured.
pub(crate) enum Figure {
    /// How long it took, and the ratio to the second floor.
    Ratio(Duration, f64),
    /// How long it took, and how many seconds more than the second floor.
    Beyond(Duration, f64),
    /// How long it took, which is what the goal bounds.
    Took(Duration),
    /// A number of something.
    Of(f64, &'static str),
}

impl Figure {
    /// The number that the goal bounds.
    fn number(&self) -> f64 {
        match self {
            Figure::Ratio(_, number) | Figure::Beyond(_, number) | Figure::Of(number, _) => *number,
            Figure::Took(took) => took.as_secs_f64(),
        }
    }

    fn unit(&self) -> &'static str {
        match self {
            Figure::Ratio(..) => "x",
            Figure::Beyond(..) => "s more",
            Figure::Took(_) => "s",
            Figure::Of(_, unit) => unit,
        }
    }
}

impl Line {
    /// Whether the goal is reached.
    pub(crate) fn passes(&self) -> bool {
        self.figure.number() <= self.goal
    }
}

/// The middle one; of an even number the upper of the two.
pub(crate) fn median<T: PartialOrd + Copy>(mut figures: Vec<T>) -> T {
    assert!(!figures.is_empty(), "nothing was measured");
    figures.sort_by(|one, other| one.partial_cmp(other).expect("numbers"));
    figures[figures.len() / 2]
}

pub(crate) fn print(options: &Options, lines: &[Line]) {
    println!(
        "\n{} users, PostgreSQL {}, median of {}, {} processors, {}\n",
        options.users,
        options.postgres,
        options.runs,
        std::thread::available_parallelism().map_or(0, usize::from),
        provider().display(),
    );
    println!("| What | terraform_data | Answered from memory | pgum | Figure | Goal | | Notes |");
    println!("|---|---|---|---|---|---|---|---|");
    for line in lines {
        let floor = |pick: fn(&(Duration, Duration)) -> Duration| {
            line.floors.as_ref().map(pick).map(seconds).unwrap_or_default()
        };
        let took = match &line.figure {
            Figure::Ratio(took, _) | Figure::Beyond(took, _) | Figure::Took(took) => seconds(*took),
            Figure::Of(..) => String::new(),
        };
        let unit = line.figure.unit();
        println!(
            "| {} | {} | {} | {took} | {} {unit} | {} {unit} | {} | {} |",
            line.what,
            floor(|floors| floors.0),
            floor(|floors| floors.1),
            number(line.figure.number()),
            number(line.goal),
            if line.passes() { "reached" } else { "MISSED" },
            line.note,
        );
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// Two decimals where there are any.
fn number(number: f64) -> String {
    if number.fract().abs() < 1e-9 { format!("{number:.0}") } else { format!("{number:.2}") }
}
