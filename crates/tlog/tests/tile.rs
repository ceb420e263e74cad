//! Tiles and entry bundles: the examples of https://c2sp.org/tlog-tiles, and trees rebuilt from tiles.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use proptest::prelude::*;
use std::collections::BTreeMap;
use tlog::{tile::*, *};

fn tile(level: u8, index: u64, width: u16) -> Path {
    Path::Tile { level, index, width }
}

fn tree(size: u64) -> Tree {
    (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

#[test]
fn paths() {
    for (path, written) in [
        (tile(0, 0, 256), "tile/0/000"),
        (tile(0, 0, 1), "tile/0/000.p/1"),
        (tile(3, 1_234_067, 256), "tile/3/x001/x234/067"),
        (tile(63, 1000, 255), "tile/63/x001/000.p/255"),
        (tile(0, 1_000_000, 256), "tile/0/x001/x000/000"),
        (tile(0, u64::MAX, 9), "tile/0/x018/x446/x744/x073/x709/x551/615.p/9"),
        (Path::Entries { index: 999, width: 256 }, "tile/entries/999"),
        (Path::Entries { index: 1999, width: 12 }, "tile/entries/x001/999.p/12"),
    ] {
        assert_eq!(path.to_string(), written);
        assert_eq!(written.parse(), Ok(path));
    }
    for written in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x001",
        "tile/0/001/000",
        "tile/0/x000/001",
        "tile/0/x1/000",
        "tile/0/+01",
        "tile/00/000",
        "tile/+1/000",
        "tile/64/000",
        "tile/256/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/+1",
        "tile/0/000.p/1/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0//000",
        "tile/data/000",
        "tile/entries/",
        "tile/0/../000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/٠٠٠",
        "tile/0/xx01/000",
        "tile/0/000.p/1.p/1",
    ] {
        assert_eq!(written.parse::<Path>(), Err(Error::Malformed { wanted: "tile path" }), "{written}");
    }
}

/// "a tree of size 70,000 will be represented by 273 full level 0 tiles, one partial level 0 tile of width 112, one full
/// level 1 tile, one partial level 1 tile of width 17, and one partial level 2 tile of width 1"
#[test]
fn tiles_of_seventy_thousand() {
    let all: Vec<Path> = tiles(70_000).collect();
    let mut expected: Vec<Path> = (0..273).map(|index| tile(0, index, 256)).collect();
    expected.extend([tile(0, 273, 112), tile(1, 0, 256), tile(1, 1, 17), tile(2, 0, 1)]);
    assert_eq!(all, expected);
    assert_eq!(tiles(256).collect::<Vec<_>>(), [tile(0, 0, 256), tile(1, 0, 1)]);
    assert_eq!(tiles(0).count(), 0);
}

#[test]
fn tiles_written_when_growing() {
    assert_eq!(tiles_between(0, 1).collect::<Vec<_>>(), [tile(0, 0, 1)]);
    assert_eq!(tiles_between(255, 256).collect::<Vec<_>>(), [tile(0, 0, 256), tile(1, 0, 1)]);
    assert_eq!(tiles_between(256, 257).collect::<Vec<_>>(), [tile(0, 1, 1)]);
    assert_eq!(tiles_between(300, 600).collect::<Vec<_>>(), [tile(0, 1, 256), tile(0, 2, 88), tile(1, 0, 2)]);
    assert_eq!(tiles_between(600, 600).count(), 0);
    assert_eq!(tiles_between(600, 300).count(), 0);
    // The greatest sizes do not overflow, and nothing is allocated for them.
    assert_eq!(tiles_between(u64::MAX - 1, u64::MAX).next(), Some(tile(0, u64::MAX / 256, 255)));
    assert_eq!(tiles_between(0, u64::MAX).nth(2), Some(tile(0, 2, 256)));
    let bundle = |index, width| Path::Entries { index, width };
    assert_eq!(bundles_between(300, 600).collect::<Vec<_>>(), [bundle(1, 256), bundle(2, 88)]);
    assert_eq!(bundles_between(512, 512).count(), 0);
}

#[test]
fn contents_of_tiles() {
    let tree = tree(70_000);
    let octets = contents(&tree, 0, 273, 112).unwrap();
    assert_eq!(octets.len(), 112 * 32);
    assert_eq!(octets[..32], leaf_hash(&(273 * 256u64).to_be_bytes()));
    // A hash of level 1 is the root of a whole tile below it.
    let below: Tree = hashes(&contents(&tree, 0, 5, 256).unwrap(), 256).unwrap().into_iter().collect();
    assert_eq!(hashes(&contents(&tree, 1, 0, 256).unwrap(), 256).unwrap()[5], below.root());
    assert_eq!(contents(&tree, 2, 0, 1).unwrap(), tree.root_at(65_536).unwrap());

    for (level, index, width) in
        [(0, 273, 113), (0, 274, 1), (1, 1, 18), (2, 0, 2), (3, 0, 1), (63, 0, 1), (0, u64::MAX, 1)]
    {
        let absent = Error::TileNotInTree { level, index, width, size: 70_000 };
        assert_eq!(contents(&tree, level, index, width), Err(absent));
    }
    assert_eq!(
        contents(&tree, 255, 0, 1).unwrap_err(),
        Error::TileNotInTree { level: 255, index: 0, width: 1, size: 70_000 }
    );
    for width in [0, 257, u16::MAX] {
        assert_eq!(contents(&tree, 0, 0, width), Err(Error::TileWidth { width: width.into() }));
        assert_eq!(hashes(&[], width), Err(Error::TileWidth { width: width.into() }));
    }
    for octets in [0, 31, 33, 64] {
        assert_eq!(hashes(&vec![0; octets], 1), Err(Error::TileLength { width: 1, octets }));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// What a log wrote while growing has every tile of every size it stopped at, with the right octets.
    #[test]
    fn growing_writes_every_tile(steps in prop::collection::vec(0..700u64, 1..6)) {
        let tree = tree(steps.iter().sum());
        let mut written: BTreeMap<Path, Vec<u8>> = BTreeMap::new();
        let mut size = 0;
        for step in steps {
            for path in tiles_between(size, size + step) {
                let Path::Tile { level, index, width } = path else { panic!("no bundles here") };
                let before = written.insert(path, contents(&tree, level, index, width).unwrap());
                prop_assert_eq!(before, None, "written twice: {}", path);
            }
            size += step;
            prop_assert!(tiles(size).all(|path| written.contains_key(&path)));
            let leaves = tiles(size).filter(|path| matches!(path, Path::Tile { level: 0, .. }));
            let rebuilt: Tree = leaves.flat_map(|path| hashes(&written[&path], path.width()).unwrap()).collect();
            prop_assert_eq!(rebuilt.root(), tree.root_at(size).unwrap());
        }
    }

    #[test]
    fn bundles_round_trip(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..=256)) {
        let octets = bundle::encode(&entries).unwrap();
        let width = entries.len() as u16;
        prop_assert_eq!(bundle::decode(&octets, width).unwrap(), entries);
        let cut = Error::TileLength { width, octets: octets.len() - 1 };
        prop_assert_eq!(bundle::decode(&octets[..octets.len() - 1], width), Err(cut));
        let longer = [octets.as_slice(), &[0]].concat();
        prop_assert_eq!(bundle::decode(&longer, width), Err(Error::TileLength { width, octets: longer.len() }));
    }

    #[test]
    fn any_octets_are_answered(octets in prop::collection::vec(any::<u8>(), 0..600), width: u16, text in ".{0,60}") {
        if let Ok(entries) = bundle::decode(&octets, width) {
            prop_assert_eq!(bundle::encode(&entries).unwrap(), octets.clone());
        }
        let _ = hashes(&octets, width);
        if let Ok(path) = text.parse::<Path>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }
}

#[test]
fn bundles() {
    assert_eq!(bundle::encode(&[&b"ab"[..], b"", b"c"]).unwrap(), b"\x00\x02ab\x00\x00\x00\x01c");
    let longest = vec![7; bundle::ENTRY_OCTETS_MAX];
    assert_eq!(bundle::decode(&bundle::encode(&[&longest]).unwrap(), 1).unwrap(), [longest.as_slice()]);
    assert_eq!(bundle::encode(&[vec![7; 65_536]]), Err(Error::EntryTooLong { octets: 65_536 }));
    assert_eq!(bundle::encode::<&[u8]>(&[]), Err(Error::TileWidth { width: 0 }));
    assert_eq!(bundle::encode(&[b""; 257]), Err(Error::TileWidth { width: 257 }));
    assert_eq!(bundle::decode(&[], 0), Err(Error::TileWidth { width: 0 }));
}

#[test]
fn a_path_is_served_as_far_as_the_tree_goes() {
    let leaves: Vec<Vec<u8>> = (0..300u16).map(|n| n.to_be_bytes().to_vec()).collect();
    let tree: tlog::Tree = leaves.iter().map(|leaf| tlog::leaf_hash(leaf)).collect();
    let read = |range: std::ops::Range<u64>| Ok(leaves[range.start as usize..range.end as usize].to_vec());
    let served = |path: &str| tlog::tile::served::<tlog::Error>(&tree, path, read);
    assert_eq!(served("tile/0/001.p/44").unwrap(), tlog::tile::contents(&tree, 0, 1, 44).unwrap());
    assert_eq!(served("tile/entries/001.p/44").unwrap(), tlog::bundle::encode(&leaves[256..]).unwrap());
    assert_eq!(served("tile/entries/001.p/45"), Err(tlog::Error::SizeBeyondTree { asked: 301, size: 300 }));
    assert_eq!(
        served("tile/entries/x018/x446/x744/x073/x709/x551/615.p/255"),
        Err(tlog::Error::SizeBeyondTree { asked: u64::MAX, size: 300 })
    );
    assert!(matches!(served("tile/0/1"), Err(tlog::Error::Malformed { .. })));
    let broken = |_| Err(tlog::Error::EntryTooLong { octets: 7 });
    let told = tlog::tile::served(&tree, "tile/entries/000", broken);
    assert_eq!(told, Err(tlog::Error::EntryTooLong { octets: 7 }));
}
