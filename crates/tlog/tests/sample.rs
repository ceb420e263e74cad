use tlog::*;
#[test]
fn print() {
    let log = Signer::new("log.example/ledger", &[1; 32]).unwrap();
    let w = Cosigner::new("witness.example/w1", &[2; 32]).unwrap();
    let tree: Tree = ["first", "second", "third"].map(|e| leaf_hash(e.as_bytes())).into_iter().collect();
    let cp = Checkpoint::new("log.example/ledger", tree.size(), tree.root()).unwrap();
    let note = note::sign(&cp.to_text(), &log).unwrap();
    let line = cosignature::cosign(&cp.to_text(), &w, 1_790_000_000).unwrap();
    println!("{}{}\n{}\n", note::append(&note, &line).unwrap(), log.verifier(), w.verifier());
    println!("{}\n{}", *log.to_text(), *w.to_text());
}
