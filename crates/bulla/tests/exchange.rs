//! probe
mod support;
#[test]
fn probe() {
    let t = std::time::Instant::now();
    let server = support::Server::start();
    eprintln!("started {:?}", t.elapsed());
    let r = server.run(&["send", support::example("manifest-856.edi").to_str().unwrap()]);
    eprintln!("{} {} {}", r.code, r.text(), r.stderr);
    let d = server.wait_until_delivered();
    eprintln!("{d:?} {:?}", t.elapsed());
    eprintln!("{}", server.output());
    drop(server);
    eprintln!("{:?}", t.elapsed());
}
