//! Tables as docker prints them: columns three blanks apart, no borders.

/// compose's own tables: columns at least so wide, blanks included.
const NARROWEST: usize = 20;

/// Prints rows under their heads; the last column is not padded.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = heads.join("\t") + "\n";
    for row in rows {
        text += &(row.join("\t") + "\n");
    }
    aligned(&text, NARROWEST, 3)
}

/// Aligns cells that end with a tab, as Go's `tabwriter` does: a column is as wide as its widest cell and
/// `padding`, at least `narrowest`, among lines that follow each other and have it.
pub(crate) fn aligned(text: &str, narrowest: usize, padding: usize) -> String {
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|cells| vec![0; cells.len() - 1]).collect();
    let columns = widths.iter().map(Vec::len).max().unwrap_or(0);
    for column in 0..columns {
        let mut from = 0;
        while from < lines.len() {
            let to = (from..lines.len()).find(|at| widths[*at].len() <= column).unwrap_or(lines.len());
            let cells = lines[from..to].iter().map(|cells| cells[column].chars().count() + padding);
            let width = cells.max().unwrap_or(0).max(narrowest);
            for line in &mut widths[from..to] {
                line[column] = width;
            }
            from = to + 1;
        }
    }
    let mut out = String::new();
    for (cells, widths) in lines.iter().zip(&widths) {
        for (cell, width) in cells.iter().zip(widths) {
            out.push_str(&format!("{cell:<width$}"));
        }
        out.push_str(cells.last().copied().unwrap_or_default());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(aligned(text, 4, 2), expected);
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        check("A\tB\tC\na\tlong text\tx\n", "A   B          C\na   long text  x\n");
    }

    #[test]
    fn a_line_without_the_column_begins_another() {
        check("wide cell\tx\nalone\na\tx\n", "wide cell  x\nalone\na   x\n");
    }

    #[test]
    fn an_empty_last_cell_leaves_the_blanks_before_it() {
        check("a\t\n", "a   \n");
    }

    #[test]
    fn composes_own_tables_are_wide() {
        assert_eq!(
            table(&["NAME", "B"], &[vec!["a".into(), "b".into()]]),
            format!("NAME{0}B\na{0}   b\n", " ".repeat(16))
        );
    }
}
