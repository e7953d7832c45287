//! A table as a picture: one group of horizontal bars for each row, in SVG.

use std::fmt::Write as _;

use crate::measure::Table;

const ROW: usize = 16;
const GAP: usize = 14;
const TOP: usize = 40;
/// Where the bars begin and how long the longest is.
const LEFT: usize = 230;
const LONGEST: f64 = 400.0;
const WIDTH: usize = 800;
/// A palette that people with any color vision can tell apart (Okabe and Ito).
const COLORS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#999999", "#e69f00"];

/// The picture. In each row, the longest bar has the full length, since rows differ by a factor of a hundred.
pub fn svg(table: &Table) -> String {
    let mut body = String::new();
    let mut y = TOP;
    for (name, figures) in table.figures() {
        let longest = figures.iter().flatten().fold(0.0, |a: f64, b| a.max(*b));
        text(&mut body, LEFT - 10, y + 12, "end", &name);
        for (column, figure) in figures.iter().enumerate() {
            let Some(figure) = figure else { continue };
            let color = COLORS[column % COLORS.len()];
            let length = figure / longest * LONGEST;
            let height = ROW - 3;
            // Writing to a String never fails.
            let _ = writeln!(
                body,
                "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{height}\" fill=\"{color}\"/>"
            );
            let digits = if *figure < 10.0 { 2 } else { 0 };
            let label = format!("{figure:.digits$} {}", table.columns()[column]);
            text(&mut body, LEFT + length as usize + 6, y + 11, "start", &label);
            y += ROW;
        }
        y += GAP;
    }
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
    );
    text(&mut svg, 10, 22, "start", &format!("{} ({})", table.title(), table.unit()));
    svg + &body + "</svg>\n"
}

fn text(svg: &mut String, x: usize, y: usize, anchor: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>");
}
