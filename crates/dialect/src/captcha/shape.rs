//! Plain shapes with soft edges.

/// What a shape looks like before it is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outline {
    Rectangle,
    Ellipse,
    Triangle,
}

/// A turned shape around a centre; `half` are half its width and height in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) outline: Outline,
    pub(super) centre: (f32, f32),
    pub(super) half: (f32, f32),
    /// Sine and cosine of the turn.
    pub(super) axis: (f32, f32),
}

impl Shape {
    /// How far the shape reaches from its centre at most.
    pub(super) fn reach(&self) -> f32 {
        self.half.0.hypot(self.half.1) + 1.0
    }

    /// How much of the pixel at this column and row is inside: 0 to 1.
    pub(super) fn covers(&self, column: usize, row: usize) -> f32 {
        let (x, y) = (column as f32 + 0.5 - self.centre.0, row as f32 + 0.5 - self.centre.1);
        let (sine, cosine) = self.axis;
        let (across, down) = (x * cosine + y * sine, y * cosine - x * sine);
        let (wide, high) = self.half;
        let outside = match self.outline {
            Outline::Rectangle => (across.abs() - wide).max(down.abs() - high),
            Outline::Ellipse => {
                let (across, down) = (across / wide, down / high);
                ((across * across + down * down).sqrt() - 1.0) * wide.min(high)
            }
            Outline::Triangle => {
                let slope = (across.abs() * 2.0 * high - (down + high) * wide) / (2.0 * high).hypot(wide);
                slope.max(down - high)
            }
        };
        (0.5 - outside).clamp(0.0, 1.0)
    }
}
