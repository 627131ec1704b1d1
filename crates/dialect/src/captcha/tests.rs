use std::collections::BTreeSet;

use dragoman_passwords::random::{SeededRandomness, SystemRandomness};

use super::canvas::Mask;
use super::glyphs::{DESCENDER, Glyph, Pen, glyph};
use super::*;

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// The pixels of a PNG and what its header says.
fn decoded(file: &[u8]) -> (png::OutputInfo, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info, pixels)
}

#[test]
fn pictures_are_rgb_pngs_of_the_size_asked_for() {
    for (text, size) in [("p91nn4", (160, 60)), ("0743", (100, 36)), ("mwmwmw", (160, 60)), ("i", (40, 20))] {
        let (info, _) = decoded(&draw(text, size, &SystemRandomness).unwrap());
        assert_eq!((info.width, info.height), size, "{text}");
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
    }
}

#[test]
fn medusas_pictures_have_about_the_original_size_in_bytes() {
    let randomness = SeededRandomness::new(3);
    let sizes = (0..60).map(|_| draw(&randomness.text(ALPHABET, 6), (160, 60), &randomness).unwrap().len());
    let sizes: Vec<usize> = sizes.collect();
    let mean = sizes.iter().sum::<usize>() / sizes.len();
    assert!((7_000..12_500).contains(&mean), "mean {mean}");
    assert!(sizes.iter().all(|size| (5_000..15_000).contains(size)), "{sizes:?}");
}

#[test]
fn the_same_text_never_looks_the_same_but_a_seed_repeats() {
    let pictures: BTreeSet<Vec<u8>> = (0..20).map(|_| draw("abc123", (160, 60), &SystemRandomness).unwrap()).collect();
    assert_eq!(pictures.len(), 20);
    let [first, second] = [(); 2].map(|()| draw("abc123", (160, 60), &SeededRandomness::new(9)).unwrap());
    assert_eq!(first, second);
}

#[test]
fn text_and_size_are_bounded() {
    let outcome = |text: &str, size| draw(text, size, &SystemRandomness).map(drop);
    assert_eq!(outcome("", (160, 60)), Err(DrawError::Length(0)));
    assert_eq!(outcome("abcdefghijklm", (160, 60)), Err(DrawError::Length(13)));
    assert_eq!(outcome("abC", (160, 60)), Err(DrawError::NoGlyph));
    assert_eq!(outcome("验证", (160, 60)), Err(DrawError::NoGlyph));
    assert_eq!(outcome("abc", (39, 60)), Err(DrawError::Size(39, 60)));
    assert_eq!(outcome("abc", (160, u32::MAX)), Err(DrawError::Size(160, u32::MAX)));
    assert_eq!(outcome("abcdefghijkl", (40, 20)), Ok(()));
}

#[test]
fn every_letter_stays_on_its_grid() {
    for letter in ALPHABET {
        let Glyph { width, pens } = glyph(char::from(*letter)).unwrap();
        for pen in pens {
            let (Pen::Straight(points) | Pen::Curved(points)) = pen;
            for (x, y) in *points {
                assert!((-1..=width + 6).contains(x) && (0..=DESCENDER).contains(y), "{}", char::from(*letter));
            }
        }
    }
    assert!(glyph('A').is_none() && glyph('-').is_none());
}

/// Undistorted, without noise, every pair of characters must differ in a fifth of the ink at least: `1` from `l`,
/// `0` from `o`, `2` from `z`, `5` from `s`, `9` from `g` and `q`.
#[test]
fn no_two_letters_are_nearly_alike() {
    let masks: Vec<(char, Mask)> =
        ALPHABET.iter().map(|&letter| (char::from(letter), plain(char::from(letter)))).collect();
    for (index, (one, first)) in masks.iter().enumerate() {
        for (other, second) in masks.iter().skip(index + 1) {
            let (shared, all) = first.overlap(second);
            assert!(shared * 5 < all * 4, "{one} and {other} share {shared} of {all} pixels");
        }
    }
}

fn plain(letter: char) -> Mask {
    let mut mask = Mask::of(&Canvas::new(90, 130));
    for pen in glyph(letter).unwrap().pens {
        let dabs: Vec<canvas::Dab> = lettering::path(*pen)
            .into_iter()
            .map(|(x, y)| canvas::Dab { x: x + 12.0, y: y + 12.0, radius: 5.0 })
            .collect();
        mask.stroke(&dabs);
    }
    mask
}

#[test]
fn letters_are_darker_than_every_paper() {
    // What is read is contrast: the brightest ink against the darkest paper.
    let light =
        |[red, green, blue]: [u8; 3]| 0.2126 * f32::from(red) + 0.7152 * f32::from(green) + 0.0722 * f32::from(blue);
    let randomness = SystemRandomness;
    let mut chance = Chance::new(&randomness);
    let (mut brightest, mut darkest) = (0f32, 255f32);
    for _ in 0..300 {
        let mut canvas = Canvas::new(8, 8);
        noise::paper(&mut canvas, &mut chance);
        darkest = canvas.pixels().map(|(_, _, pixel)| light(*pixel)).fold(darkest, f32::min);
        brightest = brightest.max(light(ink::Ink::new(&mut chance).shade(&mut chance)));
    }
    assert!(darkest - brightest > 60.0, "{brightest} on {darkest}");
}

mod sliders {
    use image::{ImageFormat, RgbImage};

    use super::*;

    fn read(file: &[u8]) -> RgbImage {
        image::load_from_memory_with_format(file, ImageFormat::Jpeg).unwrap().to_rgb8()
    }

    #[test]
    fn the_piece_belongs_where_the_hole_is() {
        let randomness = SeededRandomness::new(5);
        for (x, y) in [(20, 20), (239, 89), (100, 55), (260, 110), (0, 0)] {
            let slider = draw_slider(x, y, &randomness).unwrap();
            let (background, piece) = (read(&slider.background_jpeg), read(&slider.piece_jpeg));
            assert_eq!(background.dimensions(), (310, 160));
            assert_eq!(piece.dimensions(), (50, 50));
            // Under rgba(111, 111, 111, 0.6) a pixel p shows as 0.4 p + 66.6.
            let off: f32 = piece
                .enumerate_pixels()
                .flat_map(|(column, row, pixel)| {
                    let shown = background.get_pixel(x + column, y + row);
                    (0..3).map(move |channel| {
                        (f32::from(shown.0[channel]) - (0.4 * f32::from(pixel.0[channel]) + 66.6)).abs()
                    })
                })
                .sum();
            assert!(off / 7_500.0 < 14.0, "mean difference {}", off / 7_500.0);
        }
    }

    #[test]
    fn a_hole_outside_is_refused() {
        for (x, y) in [(261, 20), (20, 111), (u32::MAX, 0)] {
            assert_eq!(draw_slider(x, y, &SystemRandomness).map(drop), Err(DrawError::Hole(x, y)));
        }
    }

    #[test]
    fn no_two_pictures_are_alike() {
        let [first, second] = [(); 2].map(|()| read(&draw_slider(100, 50, &SystemRandomness).unwrap().background_jpeg));
        let differing = first.pixels().zip(second.pixels()).filter(|(one, other)| {
            one.0.iter().zip(other.0).map(|(one, other)| u32::from(one.abs_diff(other))).sum::<u32>() > 30
        });
        assert!(differing.count() > 310 * 160 / 2);
    }

    #[test]
    fn other_grey_areas_lie_at_the_holes_height_and_not_over_it() {
        let mut chance = Chance::new(&SystemRandomness);
        for round in 0..400u32 {
            let (x, y) = (20 + round % 220, 20 + round % 70);
            let decoys = slider::decoys(x as f32, y as f32, &mut chance);
            let beside = |decoy: &&shape::Shape| (decoy.centre.1 - y as f32 - 25.0).abs() < 25.0;
            assert!(decoys.iter().filter(beside).count() >= 1, "none beside {x}, {y}");
            for (column, row) in (x..x + 50).flat_map(|x| (y..y + 50).map(move |y| (x, y))) {
                let covered = decoys.iter().any(|decoy| decoy.covers(column as usize, row as usize) > 0.0);
                assert!(!covered, "a decoy over the hole at {x}, {y}");
            }
        }
    }

    #[tokio::test]
    async fn a_slider_can_be_drawn_beside_the_worker() {
        let slider = draw_slider_aside(30, 40, &SystemRandomness).await.unwrap();
        assert_eq!(read(&slider.piece_jpeg).dimensions(), (50, 50));
        assert_eq!(draw_slider_aside(300, 40, &SystemRandomness).await.map(drop), Err(DrawError::Hole(300, 40)));
    }
}
