//! A page's drawings, read element by element as a browser would.

use roxmltree::{Document, Node};

/// Left, top, right and bottom.
type Bounds = [f64; 4];

/// All drawings of a page.
pub fn drawings(page: &str) -> Vec<&str> {
    let drawings = page.match_indices("<svg ");
    drawings.map(|(from, _)| &page[from..from + page[from..].find("</svg>").unwrap() + 6]).collect()
}

/// Every line of words in it, in the order in which they stand.
pub fn texts(drawing: &str) -> Vec<String> {
    let document = Document::parse(drawing).unwrap();
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap().to_owned()).collect()
}

/// Its name and what it shows, as `aria-labelledby` says where they are.
pub fn shows(drawing: &str) -> Vec<String> {
    let document = Document::parse(drawing).unwrap();
    let by = document.root_element().attribute("aria-labelledby").unwrap();
    let of = |id: &str| document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap().text().unwrap();
    by.split(' ').map(|id| of(id).to_owned()).collect()
}

/// The same with a frame that is smaller on one side by what a line of words is thought to be too wide, and more.
pub fn smaller(drawing: &str, side: usize) -> String {
    let frame = Document::parse(drawing).unwrap().root_element().attribute("viewBox").unwrap().to_owned();
    let [left, top, width, height] = numbers(&frame)[..] else { panic!("{frame}") };
    let by = 80.0;
    let [left, top, width, height] = match side {
        0 => [left + by, top, width - by, height],
        1 => [left, top + by, width, height - by],
        2 => [left, top, width - by, height],
        _ => [left, top, width, height - by],
    };
    drawing.replacen(&frame, &format!("{left} {top} {width} {height}"), 1)
}

/// What is not inside of the frame.
pub fn inside(drawing: &str) -> Vec<String> {
    let document = Document::parse(drawing).unwrap();
    let frame = numbers(document.root_element().attribute("viewBox").unwrap());
    let frame = [frame[0], frame[1], frame[0] + frame[2], frame[1] + frame[3]];
    let shown = document
        .descendants()
        .filter(|node| node.is_element() && node.ancestors().all(|own| !own.has_tag_name("defs")));
    let mut seen = 0;
    let mut outside = Vec::new();
    for node in shown {
        let Some(own) = bounds(node) else { continue };
        seen += 1;
        let [left, top, right, bottom] = moved(node, own);
        if left < frame[0] || top < frame[1] || right > frame[2] || bottom > frame[3] {
            outside.push(format!("{:?} of {frame:?}: {}", [left, top, right, bottom], &drawing[node.range()]));
        }
    }
    assert!(seen > 5, "{seen} elements");
    outside
}

/// What an element covers before it is moved, with its line.
fn bounds(node: Node<'_, '_>) -> Option<Bounds> {
    let number = |name| node.attribute(name).map_or(0.0, |text: &str| text.parse::<f64>().unwrap());
    let line = if node.attribute("stroke").is_some() { number("stroke-width") / 2.0 } else { 0.0 };
    let [left, top, right, bottom] = match node.tag_name().name() {
        "text" => text(node, number("x"), number("y"), number("font-size")),
        "rect" => [number("x"), number("y"), number("x") + number("width"), number("y") + number("height")],
        "path" => path(node.attribute("d").unwrap()),
        "svg" | "title" | "desc" | "defs" | "g" => return None,
        other => panic!("an element that nothing here knows: {other}"),
    };
    Some([left - line, top - line, right + line, bottom + line])
}

/// In a wide font: capitals and the widest small letters of DejaVu Sans take as much as here, all others less.
fn text(node: Node<'_, '_>, x: f64, y: f64, size: f64) -> Bounds {
    let wide = |letter: char| match letter {
        'M' | 'm' | 'W' | 'w' => 0.99,
        'A'..='Z' => 0.72,
        ' ' | '\u{a0}' | '\u{202f}' | ',' | '.' | ':' | 'i' | 'l' | 'j' | 't' | 'f' | 'r' => 0.42,
        _ => 0.64,
    };
    let wide: f64 = node.text().unwrap().chars().map(wide).sum::<f64>() * size;
    let left = match node.attribute("text-anchor").unwrap() {
        "start" => x,
        "middle" => x - wide / 2.0,
        _ => x - wide,
    };
    [left, y - 0.95 * size, left + wide, y + 0.25 * size]
}

/// Over all places where a path comes by.
fn path(d: &str) -> Bounds {
    let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    let (mut x, mut y) = (0.0, 0.0);
    for (at, command) in d.match_indices(|letter: char| letter.is_ascii_alphabetic()) {
        let rest = &d[at + 1..];
        let end = rest.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(rest.len());
        let to = numbers(&rest[..end].replace('-', " -"));
        (x, y) = match (command, &to[..]) {
            ("M" | "L", [to_x, to_y]) => (*to_x, *to_y),
            ("H", [to_x]) => (*to_x, y),
            ("V", [to_y]) => (x, *to_y),
            ("h", [by]) => (x + by, y),
            ("v", [by]) => (x, y + by),
            ("l", [by_x, by_y]) => (x + by_x, y + by_y),
            ("z", []) => continue,
            other => panic!("a command that nothing here knows: {other:?}"),
        };
        bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
    }
    bounds
}

/// Through every group around it, from the inside to the outside; in each, what stands last comes first.
fn moved(node: Node<'_, '_>, mut bounds: Bounds) -> Bounds {
    for text in node.ancestors().filter_map(|own| own.attribute("transform")) {
        for step in text.split_inclusive(')').rev() {
            let (name, by) = step.trim().trim_end_matches(')').split_once('(').unwrap();
            bounds = match (name, &numbers(by)[..]) {
                ("scale", [by]) => bounds.map(|own| own * by),
                ("translate", [x, y]) => [bounds[0] + x, bounds[1] + y, bounds[2] + x, bounds[3] + y],
                other => panic!("a move that nothing here knows: {other:?}"),
            };
        }
    }
    bounds
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_ascii_whitespace().map(|number| number.parse().unwrap()).collect()
}
