//! Whether control database and objects belong together, and what is done with objects that it does not name. Nothing is
//! deleted at a start: a database that is missing, or of yesterday, would otherwise cost all that came since
//! (`docs/protocol.md`, R17).

use crate::{
    Error, Name, Objects,
    control::{Control, Found, params},
};
use std::collections::HashSet;

/// The object that has the store's id. Every other one's name is hexadecimal.
const STORE: &str = "store";

/// What names the objects of segments, and of the outbox.
const NAMED: [&str; 2] =
    ["SELECT DISTINCT segment FROM batch", "SELECT DISTINCT object FROM delivery WHERE object IS NOT NULL"];

fn own_name() -> Name {
    STORE.parse().expect("a name")
}

/// Opens the control database, or makes one where there is nothing that another one named.
pub(crate) fn open(found: Found, stores: [(&'static str, &dyn Objects); 2]) -> Result<Control, Error> {
    if found.is_empty() {
        for (store, objects) in stores {
            if !objects.list()?.is_empty() {
                return Err(Error::NoControl { store });
            }
        }
    }
    let control = Control::open(found)?;
    let id: String = control.read(|c| c.one("SELECT id FROM store", params![], |row| row.get(0)))?;
    // All are looked at before the first is written to.
    let mut unmarked = Vec::new();
    for (store, objects) in stores {
        match objects.read(&own_name()) {
            Ok(octets) if octets == id.as_bytes() => {}
            Err(Error::Missing { .. }) if objects.list()?.is_empty() => unmarked.push(objects),
            Ok(_) | Err(Error::Missing { .. }) => return Err(Error::OtherStore { store }),
            Err(error) => return Err(error),
        }
    }
    unmarked.into_iter().try_for_each(|objects| objects.put(&own_name(), &[id.as_bytes()]))?;
    Ok(control)
}

/// Sets aside the objects that no row names, and brings back those that one names again. How many were set aside.
pub(crate) fn reconcile(control: &Control, stores: [(&'static str, &dyn Objects); 2]) -> Result<u64, Error> {
    let mut unnamed = 0;
    for (sql, (store, objects)) in NAMED.into_iter().zip(stores) {
        let named: HashSet<String> = control.read(|c| {
            let named = c.all(sql, params![], |row| row.get(0))?;
            Ok(named.into_iter().collect())
        })?;
        let there: HashSet<Name> = objects.list()?.into_iter().filter(|name| name.as_str() != STORE).collect();
        let mut back = 0_u64;
        for name in &named {
            let name: Name = name.parse().map_err(|_| Error::Damaged { what: "a row of the control database" })?;
            back += u64::from(!there.contains(&name) && objects.bring_back(&name)?);
        }
        let unknown: Vec<_> = there.iter().filter(|name| !named.contains(name.as_str())).collect();
        unknown.iter().try_for_each(|name| objects.set_aside(name))?;
        unnamed += unknown.len() as u64;
        if !unknown.is_empty() {
            eprintln!(
                "vault: {} objects in {store}/ have no row in the control database: they are set aside in lost/{store}/. If that \
                 is a restored copy, the newer one names them; after a crash they are of bodies that nobody was answered",
                unknown.len()
            );
        }
        if back > 0 {
            eprintln!("vault: {back} objects are back from lost/{store}/: the control database names them");
        }
    }
    Ok(unnamed)
}
