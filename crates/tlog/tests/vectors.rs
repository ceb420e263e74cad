//! Vectors that others published; see `vectors/README.md` for the files.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use tlog::{witness::Head, *};

const COSIGNED: &str = include_str!("vectors/cosigned_checkpoint.txt");

fn hash(text: &str) -> Hash {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// github.com/transparency-dev/merkle, testonly/constants.go
#[test]
fn roots_of_the_eight_leaf_tree() {
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut tree = Tree::new();
    for (size, leaf) in leaves.iter().enumerate() {
        assert_eq!(tree.root(), hash(roots[size]), "size {size}");
        assert_eq!(tree.push(leaf_hash(&hex::decode(leaf).unwrap())), size as u64);
    }
    for (size, root) in roots.iter().enumerate() {
        assert_eq!(tree.root_at(size as u64), Ok(hash(root)));
    }
    assert_eq!(tree.leaf(7), Some(hash("46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1")));
    assert_eq!(tree.complete(1, 2), Some(hash("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a")));
    // RFC 6962 section 2.1.3 draws the path of d3 in a tree of seven: [c, g, l].
    let path = [
        "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    ];
    assert_eq!(tree.inclusion(3, 7).unwrap()[..2], path.map(hash));
}

/// The example of https://c2sp.org/signed-note
#[test]
fn signed_note_example() {
    let written = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    let verifier: Verifier = written.parse().unwrap();
    assert_eq!(
        (verifier.name(), verifier.id(), verifier.algorithm()),
        ("example.com/foo", 0x530d_903a, Algorithm::Ed25519)
    );
    assert_eq!(verifier.public(), hash("e932791ae6e7a840a46164c904786426d5e7821dd8b29a00d61cae72afdd4da4"));
    assert_eq!(verifier.to_string(), written);

    let note = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let opened = note::open(note.as_bytes(), std::slice::from_ref(&verifier)).unwrap();
    assert_eq!(opened.text, "This is an example message.\n");
    assert_eq!((opened.signatures.len(), opened.unknown), (1, 0));
    assert_eq!(opened.signatures[0].time, None);
    let changed = note.replace("message", "massage");
    assert_eq!(note::open(changed.as_bytes(), &[verifier]), Err(Error::BadSignature { id: 0x530d_903a }));
}

/// A key pair printed as the default of an example command of github.com/transparency-dev/trillian-tessera
#[test]
fn signer_and_verifier_key_belong_together() {
    let private = "PRIVATE+KEY+Test-Betty+df84580a+Afge8kCzBXU7jb3cV2Q363oNXCufJ6u9mjOY1BGRY9E2";
    let public = "Test-Betty+df84580a+AQQASqPUZoIHcJAF5mBOryctwFdTV1E0GRY4kEAtTzwB";
    let signer = Signer::parse(private).unwrap();
    assert_eq!(signer.verifier().to_string(), public);
    assert_eq!(*signer.to_text(), private);
    let note = note::sign("text\n", &signer).unwrap();
    assert!(note::open(note.as_bytes(), &[public.parse().unwrap()]).is_ok());
}

#[test]
fn cosigned_checkpoint_of_a_public_log() {
    let keys: Vec<Verifier> = [
        "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f",
        "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
        "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
        "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
    ]
    .map(|key| key.parse().unwrap())
    .to_vec();
    let opened = note::open(COSIGNED.as_bytes(), &keys).unwrap();
    let found: Vec<_> = opened.signatures.iter().map(|s| (s.verifier.clone(), s.time)).collect();
    let time = Some(0x6a12_2120);
    assert_eq!(
        found,
        vec![(keys[0].clone(), None), (keys[1].clone(), time), (keys[2].clone(), time), (keys[3].clone(), time)]
    );
    // The RFC 6962 signature of the log's own name, and a witness whose key was not given.
    assert_eq!(opened.unknown, 2);

    let checkpoint = opened.checkpoint().unwrap();
    assert_eq!((checkpoint.origin(), checkpoint.size()), ("arche2025h1.staging.ct.transparency.dev", 1_432_088_532));
    assert_eq!(checkpoint.to_text(), opened.text);
    assert_eq!(checkpoint.extensions().count(), 0);

    let changed = COSIGNED.replace("1432088532", "1432088533");
    for key in &keys {
        let refused = note::open(changed.as_bytes(), std::slice::from_ref(key));
        assert_eq!(refused, Err(Error::BadSignature { id: key.id() }));
    }
}

const SIGSUM: &str = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
const ZERO_TO_ONE: &str = include_str!("vectors/add_checkpoint_0_to_1.txt");
const ONE_TO_THREE: &str = include_str!("vectors/add_checkpoint_1_to_3.txt");
const ONE_TO_FIVE: &str = include_str!("vectors/add_checkpoint_1_to_5.txt");
const THREE_TO_FIVE: &str = include_str!("vectors/add_checkpoint_3_to_5.txt");

fn reference_witness() -> Witness {
    let public = hash("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f");
    let log = Verifier::new(SIGSUM, Algorithm::Ed25519, &public).unwrap();
    Witness::new(Cosigner::new("example.com", &[7; 32]).unwrap()).serve(SIGSUM, [log])
}

#[test]
fn requests_of_the_reference_witness() {
    let witness = reference_witness();
    let mut state = State::new();
    let five = Head { size: 5, root: hash("42bb57ad06420afa4882c4a63ac6a1ec77480b330b2f20dfc53a0caa5f564e36") };
    let mut ask =
        |request: &str| witness.answer(&mut state, request.as_bytes(), 1_700_000_000).map(|_| state.head(SIGSUM).size);
    assert_eq!(ask(ONE_TO_THREE), Err(Refusal::Conflict { size: 0 }));
    assert_eq!(ask(ZERO_TO_ONE), Ok(1));
    assert_eq!(ask(&ONE_TO_THREE.replace("Vrx6go", "Vrx6gs")), Err(Refusal::BadSignature));
    assert_eq!(ask(&ONE_TO_THREE.replace("9e562", "9e561")), Err(Refusal::UnknownLog));
    assert_eq!(ask(&ONE_TO_THREE.replace("KgIA", "KgMA")), Err(Refusal::BadProof));
    assert_eq!(
        ask(&ONE_TO_THREE.replace("KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "")),
        Err(Refusal::BadProof)
    );
    assert_eq!(ask(ONE_TO_THREE), Ok(3));
    assert_eq!(ask(ONE_TO_FIVE), Err(Refusal::Conflict { size: 3 }));
    assert_eq!(ask(THREE_TO_FIVE), Ok(5));
    assert_eq!(state.head(SIGSUM), five);
}

#[test]
fn a_late_request_does_not_roll_back() {
    let witness = reference_witness();
    let mut state = State::new();
    for (request, size) in [(ZERO_TO_ONE, 1), (ONE_TO_FIVE, 5)] {
        witness.answer(&mut state, request.as_bytes(), 0).unwrap();
        assert_eq!(state.head(SIGSUM).size, size);
    }
    assert_eq!(witness.answer(&mut state, ONE_TO_THREE.as_bytes(), 0), Err(Refusal::Conflict { size: 5 }));
    assert_eq!(state.head(SIGSUM).size, 5);
}

#[test]
fn requests_have_one_written_form() {
    for request in [ZERO_TO_ONE, ONE_TO_THREE, ONE_TO_FIVE, THREE_TO_FIVE] {
        assert_eq!(AddCheckpoint::parse(request.as_bytes()).unwrap().to_text(), request);
    }
}
