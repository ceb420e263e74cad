//! Partners and agreements: documents of the binary's own, by id. Here they are opaque.

use crate::{
    Error, Vault,
    control::{Row, params},
};

impl Vault {
    /// Stores a partner, or replaces the one of this id.
    pub fn put_partner(&self, id: &str, document: &str) -> Result<(), Error> {
        self.put_document("partner", id, document)
    }

    /// Every partner's id and document, by id.
    pub fn partners(&self) -> Result<Vec<(String, String)>, Error> {
        self.documents("partner")
    }

    /// Stores an agreement, or replaces the one of this id.
    pub fn put_agreement(&self, id: &str, document: &str) -> Result<(), Error> {
        self.put_document("agreement", id, document)
    }

    /// Every agreement's id and document, by id.
    pub fn agreements(&self) -> Result<Vec<(String, String)>, Error> {
        self.documents("agreement")
    }

    fn put_document(&self, table: &'static str, id: &str, document: &str) -> Result<(), Error> {
        let sql =
            format!("INSERT INTO {table} (id, document) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET document = ?2");
        self.control.write(|transaction| {
            transaction.execute(&sql, params![id, document])?;
            Ok(())
        })
    }

    fn documents(&self, table: &'static str) -> Result<Vec<(String, String)>, Error> {
        let sql = format!("SELECT id, document FROM {table} ORDER BY id");
        let pair = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.control.read(|c| c.all(&sql, params![], pair))
    }
}
