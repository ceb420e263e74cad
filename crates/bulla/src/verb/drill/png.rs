//! A picture as pixels: for slides and mail programs that show no SVG.

use anyhow::{Result, anyhow, bail};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb},
};
use std::sync::Arc;

/// Pixels of one unit of the picture: sharp on paper, too.
const SCALE: f32 = 2.0;
/// What stands for `system-ui, sans-serif` and for `serif`, first come first taken.
const SANS: [&str; 5] = ["Inter", "Noto Sans", "Liberation Sans", "DejaVu Sans", "Arial"];
const SERIF: [&str; 5] = ["Source Serif 4", "Noto Serif", "Liberation Serif", "DejaVu Serif", "Times New Roman"];

/// This machine's fonts; there must be some.
pub struct Fonts(Arc<fontdb::Database>);

impl Fonts {
    /// Looks for them.
    pub fn here() -> Result<Self> {
        let fonts = fonts();
        if fonts.is_empty() {
            bail!(
                "there are no fonts on this machine, and a PNG has none of its own\n\nhint: install some (Debian: fonts-dejavu-core), or take --svg"
            );
        }
        Ok(Self(Arc::new(fonts)))
    }
}

/// Draws a picture of ours.
pub fn png(svg: &str, fonts: &Fonts) -> Result<Vec<u8>> {
    let tree = Tree::from_str(svg, &Options { fontdb: fonts.0.clone(), ..Options::default() })?;
    let (width, height) = (tree.size().width() * SCALE, tree.size().height() * SCALE);
    let mut pixels =
        Pixmap::new(width.ceil() as u32, height.ceil() as u32).ok_or(anyhow!("the picture is too large"))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    Ok(pixels.encode_png()?)
}

fn fonts() -> fontdb::Database {
    let mut fonts = fontdb::Database::new();
    fonts.load_system_fonts();
    let there = |names: [&str; 5]| names.into_iter().find(|name| has(&fonts, name)).map(str::to_owned);
    let (sans, serif) = (there(SANS), there(SERIF));
    sans.into_iter().for_each(|name| fonts.set_sans_serif_family(name));
    serif.into_iter().for_each(|name| fonts.set_serif_family(name));
    fonts
}

fn has(fonts: &fontdb::Database, name: &str) -> bool {
    fonts.faces().any(|face| face.families.iter().any(|(family, _)| family == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pixels of a picture of 40 by 20.
    fn drawn(inside: &str) -> Option<Pixmap> {
        let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"20\">{inside}</svg>");
        match Fonts::here().and_then(|fonts| png(&svg, &fonts)) {
            Ok(octets) => Some(Pixmap::decode_png(&octets).expect("a PNG")),
            Err(error) if error.to_string().starts_with("there are no fonts") => {
                eprintln!("NOT TESTED: {error}");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn shapes_and_words_are_drawn() {
        let Some(shape) = drawn("<rect x=\"20\" width=\"20\" height=\"20\" fill=\"#c00\"/>") else { return };
        assert_eq!((shape.width(), shape.height()), (80, 40));
        let red = |x, y| shape.pixel(x, y).is_some_and(|pixel| (pixel.red(), pixel.alpha()) == (0xcc, 0xff));
        assert!(red(41, 20) && red(79, 39) && !red(39, 20));
        for family in ["system-ui, sans-serif", "Iowan Old Style, serif"] {
            let words = drawn(&format!("<text x=\"2\" y=\"15\" font-family=\"{family}\" font-size=\"14\">950</text>"));
            let ink = words.expect("there were fonts").pixels().iter().filter(|pixel| pixel.alpha() > 128).count();
            assert!((100..1000).contains(&ink), "{family}: {ink} pixels");
        }
    }
}
