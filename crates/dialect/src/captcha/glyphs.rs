//! Our own letters: pen strokes on a grid with the ascender line at 0, the top of small letters at 32, the baseline at
//! 80 and the descender line at 106 (y grows downwards).
//!
//! Where letters are easily taken for each other they are given what tells them apart: `1` flag and foot, `l` a curved
//! tail, `i` a foot, `0` and `z` a bar, `a` two storeys, `q` a tail, `7` a bar.

/// One movement of the pen through points (x, y).
#[derive(Clone, Copy, Debug)]
pub(super) enum Pen {
    /// Straight from point to point.
    Straight(&'static [(i16, i16)]),
    /// Smoothly through the points.
    Curved(&'static [(i16, i16)]),
}

/// A letter or digit: `width` is that of its centre lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph {
    pub(super) width: i16,
    pub(super) pens: &'static [Pen],
}

/// The baseline.
pub(super) const BASELINE: i16 = 80;
/// The line to which the tails of `g`, `j`, `p`, `q` and `y` go.
pub(super) const DESCENDER: i16 = 106;

impl Glyph {
    /// Whether it goes below the baseline.
    pub(super) fn descends(&self) -> bool {
        self.pens.iter().any(|pen| {
            let (Pen::Straight(points) | Pen::Curved(points)) = pen;
            points.iter().any(|(_, y)| *y > BASELINE)
        })
    }
}

const fn glyph_of(width: i16, pens: &'static [Pen]) -> Option<Glyph> {
    Some(Glyph { width, pens })
}

/// The glyph of `a` to `z` and `0` to `9`, nothing else.
#[rustfmt::skip]
pub(super) const fn glyph(letter: char) -> Option<Glyph> {
    use Pen::{Curved, Straight};
    match letter {
        'a' => glyph_of(38, &[
            Curved(&[(4, 42), (11, 34), (21, 32), (30, 37), (33, 49)]),
            Straight(&[(33, 48), (33, 70)]),
            Curved(&[(33, 69), (35, 77), (41, 80)]),
            Curved(&[(33, 54), (20, 54), (8, 58), (3, 67), (9, 78), (19, 80), (28, 75), (33, 65)]),
        ]),
        'b' => glyph_of(38, &[
            Straight(&[(4, 0), (4, 80)]),
            Curved(&[(4, 46), (13, 35), (23, 32), (34, 39), (38, 56), (34, 73), (23, 80), (13, 77), (4, 66)]),
        ]),
        'c' => glyph_of(34, &[Curved(&[(35, 42), (28, 34), (20, 32), (8, 39), (3, 56), (8, 73), (20, 80), (28, 78), (35, 70)])]),
        'd' => glyph_of(38, &[
            Straight(&[(36, 0), (36, 80)]),
            Curved(&[(36, 46), (27, 35), (17, 32), (6, 39), (2, 56), (6, 73), (17, 80), (27, 77), (36, 66)]),
        ]),
        'e' => glyph_of(36, &[
            Straight(&[(4, 55), (36, 55)]),
            Curved(&[(36, 55), (33, 40), (20, 32), (7, 40), (3, 56), (8, 73), (21, 80), (30, 78), (37, 70)]),
        ]),
        'f' => glyph_of(32, &[
            Curved(&[(37, 9), (30, 1), (19, 2), (14, 17)]),
            Straight(&[(14, 15), (14, 80)]),
            Straight(&[(0, 34), (30, 34)]),
        ]),
        'g' => glyph_of(38, &[
            Curved(&[(36, 44), (26, 34), (16, 32), (5, 39), (2, 55), (5, 70), (16, 77), (26, 75), (36, 64)]),
            Straight(&[(36, 32), (36, 90)]),
            Curved(&[(36, 88), (32, 101), (21, 106), (11, 105), (3, 99)]),
        ]),
        'h' => glyph_of(36, &[
            Straight(&[(4, 0), (4, 80)]),
            Curved(&[(4, 48), (12, 36), (22, 32), (32, 36), (35, 50)]),
            Straight(&[(35, 49), (35, 80)]),
        ]),
        'i' => glyph_of(24, &[
            Straight(&[(2, 34), (13, 34), (13, 80)]),
            Straight(&[(0, 80), (25, 80)]),
            Straight(&[(13, 10), (13, 14)]),
        ]),
        'j' => glyph_of(26, &[
            Straight(&[(24, 10), (24, 14)]),
            Straight(&[(12, 34), (24, 34), (24, 90)]),
            Curved(&[(24, 88), (21, 101), (12, 106), (2, 103)]),
        ]),
        'k' => glyph_of(35, &[
            Straight(&[(4, 0), (4, 80)]),
            Straight(&[(34, 34), (5, 60)]),
            Straight(&[(14, 53), (37, 80)]),
        ]),
        'l' => glyph_of(22, &[
            Straight(&[(6, 0), (6, 64)]),
            Curved(&[(6, 62), (8, 74), (16, 80), (27, 76)]),
        ]),
        'm' => glyph_of(56, &[
            Straight(&[(4, 33), (4, 80)]),
            Curved(&[(4, 47), (11, 35), (19, 32), (27, 37), (29, 49)]),
            Straight(&[(29, 48), (29, 80)]),
            Curved(&[(29, 47), (36, 35), (44, 32), (52, 37), (54, 49)]),
            Straight(&[(54, 48), (54, 80)]),
        ]),
        'n' => glyph_of(36, &[
            Straight(&[(4, 33), (4, 80)]),
            Curved(&[(4, 48), (12, 36), (22, 32), (32, 36), (35, 50)]),
            Straight(&[(35, 49), (35, 80)]),
        ]),
        'o' => glyph_of(38, &[Curved(&[(20, 32), (33, 39), (38, 56), (33, 73), (20, 80), (7, 73), (2, 56), (7, 39), (20, 32)])]),
        'p' => glyph_of(38, &[
            Straight(&[(4, 33), (4, 106)]),
            Curved(&[(4, 46), (13, 35), (23, 32), (34, 39), (38, 56), (34, 73), (23, 80), (13, 77), (4, 66)]),
        ]),
        'q' => glyph_of(42, &[
            Straight(&[(36, 33), (36, 106), (48, 97)]),
            Curved(&[(36, 46), (27, 35), (17, 32), (6, 39), (2, 56), (6, 73), (17, 80), (27, 77), (36, 66)]),
        ]),
        'r' => glyph_of(28, &[
            Straight(&[(4, 33), (4, 80)]),
            Curved(&[(4, 52), (10, 39), (20, 32), (31, 36)]),
        ]),
        's' => glyph_of(34, &[Curved(&[(33, 41), (26, 34), (17, 32), (7, 37), (6, 46), (15, 53), (26, 58), (34, 66), (30, 76), (19, 80), (9, 78), (2, 70)])]),
        't' => glyph_of(36, &[
            Straight(&[(15, 8), (15, 64)]),
            Curved(&[(15, 62), (17, 75), (25, 80), (35, 75)]),
            Straight(&[(0, 32), (36, 32)]),
        ]),
        'u' => glyph_of(36, &[
            Straight(&[(4, 33), (4, 62)]),
            Curved(&[(4, 60), (7, 74), (17, 80), (27, 76), (35, 63)]),
            Straight(&[(35, 33), (35, 80)]),
        ]),
        'v' => glyph_of(38, &[Straight(&[(1, 33), (19, 80), (37, 33)])]),
        'w' => glyph_of(56, &[Straight(&[(0, 33), (14, 80), (28, 42), (42, 80), (56, 33)])]),
        'x' => glyph_of(38, &[Straight(&[(2, 33), (36, 80)]), Straight(&[(36, 33), (2, 80)])]),
        'y' => glyph_of(38, &[
            Straight(&[(1, 33), (20, 77)]),
            Straight(&[(38, 33), (17, 90)]),
            Curved(&[(18, 88), (11, 102), (1, 105)]),
        ]),
        'z' => glyph_of(38, &[
            Straight(&[(3, 33), (36, 33), (3, 80), (37, 80)]),
            Straight(&[(10, 57), (30, 57)]),
        ]),
        '0' => glyph_of(38, &[
            Curved(&[(20, 0), (33, 10), (38, 40), (33, 70), (20, 80), (7, 70), (2, 40), (7, 10), (20, 0)]),
            Straight(&[(26, 27), (14, 53)]),
        ]),
        '1' => glyph_of(34, &[Straight(&[(3, 19), (19, 1), (19, 80)]), Straight(&[(2, 80), (36, 80)])]),
        '2' => glyph_of(38, &[
            Curved(&[(3, 18), (9, 5), (20, 0), (32, 5), (36, 18), (31, 34), (18, 54), (3, 79)]),
            Straight(&[(3, 80), (38, 80)]),
        ]),
        '3' => glyph_of(38, &[
            Curved(&[(4, 12), (11, 3), (20, 0), (32, 5), (35, 18), (30, 32), (16, 37)]),
            Curved(&[(16, 37), (32, 42), (38, 58), (32, 74), (19, 80), (9, 78), (2, 68)]),
        ]),
        '4' => glyph_of(40, &[Straight(&[(29, 80), (29, 1), (1, 56), (41, 56)])]),
        '5' => glyph_of(38, &[
            Straight(&[(34, 1), (8, 1), (5, 36)]),
            Curved(&[(5, 36), (18, 30), (31, 36), (37, 54), (31, 73), (18, 80), (8, 78), (1, 69)]),
        ]),
        '6' => glyph_of(38, &[Curved(&[(33, 4), (21, 7), (9, 24), (3, 50), (6, 69), (19, 80), (32, 75), (38, 57), (32, 41), (20, 36), (9, 42), (3, 56)])]),
        '7' => glyph_of(38, &[Straight(&[(2, 1), (37, 1), (14, 80)]), Straight(&[(11, 41), (37, 41)])]),
        '8' => glyph_of(38, &[
            Curved(&[(20, 0), (31, 5), (34, 18), (30, 31), (20, 37), (10, 31), (6, 18), (9, 5), (20, 0)]),
            Curved(&[(20, 37), (33, 44), (38, 58), (33, 74), (20, 80), (7, 74), (2, 58), (7, 44), (20, 37)]),
        ]),
        '9' => glyph_of(38, &[Curved(&[(7, 76), (19, 73), (31, 56), (37, 30), (34, 11), (21, 0), (8, 5), (2, 23), (8, 39), (20, 44), (31, 38), (37, 24)])]),
        _ => None,
    }
}
