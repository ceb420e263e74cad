//! A partner's own names of columns.

use super::column::Column;

/// Which column a heading is. Ours are always understood; a partner's guide may add others, and columns to ignore.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headings(Vec<(String, Option<Column>)>);

/// Why a heading cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The name is none of our columns.
    #[error("this is none of our columns")]
    UnknownColumn,
    /// Another column has this heading already, or it is the name of another of our columns.
    #[error("this heading names another column already")]
    Taken,
}

impl Headings {
    /// Whether a column of ours has this name.
    pub fn is_column(name: &str) -> bool {
        Column::parse(name).is_some()
    }

    /// Lets `heading` (without blanks around it, case and all) name the column; without a column, its cells are ignored
    /// and counted as unmapped.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn add(&mut self, heading: &str, column: Option<&str>) -> Result<(), Unusable> {
        let column = column.map(|name| Column::parse(name).ok_or(Unusable::UnknownColumn)).transpose()?;
        let heading = heading.trim_ascii();
        if self.column(heading).is_some_and(|known| known != column) {
            return Err(Unusable::Taken);
        }
        self.0.push((heading.to_owned(), column));
        Ok(())
    }

    /// The heading's column; `Some(None)` for one to ignore.
    pub(super) fn column(&self, heading: &str) -> Option<Option<Column>> {
        let own = self.0.iter().find(|(h, _)| h == heading).map(|(_, column)| *column);
        own.or_else(|| Column::parse(heading).map(Some))
    }
}
