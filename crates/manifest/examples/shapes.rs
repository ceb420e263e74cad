//! What documents cost that are small and ask for much work: reading, the answer's findings, and the mapping, in
//! milliseconds, at a size and at twice that. `cargo run --release -p manifest --example shapes [SIZE]`

#[path = "../src/mapping/shapes.rs"]
mod shapes;

use manifest::Class;
use std::time::Instant;

fn main() {
    let size = std::env::args().nth(1).and_then(|size| size.parse().ok()).unwrap_or(25_000);
    println!("{:50} {:>8} {:>8} {:>10} {:>10}  verdict, mapping", "shape", "size", "octets", "read", "map");
    for (name, shape) in shapes::SHAPES {
        for n in [size, size * 2] {
            let document = shape(n);
            let start = Instant::now();
            let (interchange, findings) = edi::read(document.as_bytes(), &edi::Limits::default());
            let verdict = edi::verdict(&interchange, &findings);
            let read = start.elapsed().as_secs_f64() * 1e3;
            let start = Instant::now();
            let mapped = manifest::mapping::read(&interchange, &interchange.groups[0].sets[0], &Class::ALL);
            let map = start.elapsed().as_secs_f64() * 1e3;
            let told = mapped.map_or_else(|error| error.to_string(), |m| format!("{} parcels", m.parcels.len()));
            println!("{name:50} {n:>8} {:>8} {read:>10.1} {map:>10.1}  {verdict:?}, {told}", document.len());
        }
    }
}
