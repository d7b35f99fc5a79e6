//! Coats of arms and logos.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::imageops::FilterType;
use image::{ImageFormat, ImageReader, Limits};
use kernel::RomeTime;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use typst::foundations::Bytes;
use typst::visualize::SvgImage;

use crate::PdfError;
use crate::typeset::Sheet;

/// Larger files are photographs or drawings of a whole town, not logos.
const LARGEST_BITMAP: usize = 2 << 20;
/// Every document draws the SVG anew, so it has to stay simple.
const LARGEST_SVG: usize = 128 << 10;
/// The place in the letterhead, in millimetres.
const PLACE: (f64, f64) = (40.0, 18.0);
/// Dots a millimetre of the bitmaps that go into documents: 300 an inch.
const DENSITY: f64 = 12.0;
/// A bitmap may have more dots than that on a side, but not so many that it cannot be unpacked in memory.
const LONGEST_SIDE: u32 = 8_000;
/// Copies of parts multiply when copies contain copies.
const MOST_COPIES: usize = 16;

/// A coat of arms or logo that documents can carry. Making one costs some milliseconds, cloning nothing: keep it with the tenant.
/// As JSON it is the base64 text of its file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "String")]
pub struct Logo {
    bytes: Bytes,
    format: Format,
    /// Width and height on paper, in millimetres.
    size: (f64, f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Format {
    Png,
    Svg,
}

/// By hand: derived, it would ask for input that lives forever, because of the format's name.
impl<'de> Deserialize<'de> for Logo {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Logo {
    /// Takes the bytes of an SVG (up to 128 KiB), PNG or JPEG file (up to 2 MiB and 8000 dots a side). Bitmaps are reduced to what the
    /// letterhead shows. An SVG may contain shapes only: no text, images, filters, entities or style sheets from elsewhere.
    ///
    /// # Errors
    /// [`PdfError::Logo`] with the reason.
    pub fn new(file: &[u8]) -> Result<Self, PdfError> {
        let logo = match image::guess_format(file) {
            Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => Self::bitmap(file, format)?,
            _ => Self::drawing(file)?,
        };
        // The proof that documents can carry it is a document that does.
        let proof = Sheet {
            template: "logo.typ",
            data: json!({ "logo": logo.view() }),
            logo: Some(&logo),
            at: RomeTime::from_microsecond(0).expect("1970 is a year"),
            identity: String::new(),
        };
        proof.typeset().map_err(|_| PdfError::Logo("the file is damaged or uses something that PDF/A does not allow"))?;
        Ok(logo)
    }

    /// The bitmap, reduced to what is printed.
    fn bitmap(file: &[u8], format: ImageFormat) -> Result<Self, PdfError> {
        if file.len() > LARGEST_BITMAP {
            return Err(PdfError::Logo("the file is over 2 MiB"));
        }
        let mut limits = Limits::default();
        limits.max_image_width = Some(LONGEST_SIDE);
        limits.max_image_height = Some(LONGEST_SIDE);
        let mut reader = ImageReader::with_format(Cursor::new(file), format);
        reader.limits(limits);
        let mut image = reader.decode().map_err(|_| PdfError::Logo("the image is damaged or over 8000 dots a side"))?;
        let size = fit(image.width().into(), image.height().into());
        let dots = |millimetres: f64| (millimetres * DENSITY).ceil() as u32;
        if image.width() > dots(size.0) {
            image = image.resize_exact(dots(size.0), dots(size.1), FilterType::CatmullRom);
        }
        let mut png = Cursor::new(Vec::new());
        // Eight bits a channel; what else a file may hold (16 bits, grey, colour profiles) is of no use here.
        image
            .into_rgba8()
            .write_to(&mut png, ImageFormat::Png)
            .map_err(|_| PdfError::Logo("the image cannot be written as PNG"))?;
        Ok(Self { bytes: Bytes::new(png.into_inner()), format: Format::Png, size })
    }

    /// The SVG as it is.
    fn drawing(file: &[u8]) -> Result<Self, PdfError> {
        let bytes = Bytes::from_string(shapes(file)?.to_owned());
        let image = SvgImage::new(bytes.clone()).map_err(|_| PdfError::Logo("the file is not an SVG, PNG or JPEG image"))?;
        Ok(Self { bytes, format: Format::Svg, size: fit(image.width(), image.height()) })
    }

    pub(crate) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// What the templates have to know.
    pub(crate) fn view(&self) -> Value {
        let format = match self.format {
            Format::Png => "png",
            Format::Svg => "svg",
        };
        json!({ "format": format, "width": self.size.0, "height": self.size.1 })
    }
}

/// The largest size with these proportions that fits in the letterhead.
fn fit(width: f64, height: f64) -> (f64, f64) {
    let scale = (PLACE.0 / width).min(PLACE.1 / height);
    (width * scale, height * scale)
}

/// The SVG, if it is small and has nothing but shapes.
fn shapes(file: &[u8]) -> Result<&str, PdfError> {
    let text = std::str::from_utf8(file).map_err(|_| PdfError::Logo("the file is not an SVG, PNG or JPEG image"))?;
    if text.len() > LARGEST_SVG {
        return Err(PdfError::Logo("the SVG is over 128 KiB: use a PNG"));
    }
    if text.contains("<!ENTITY") {
        return Err(PdfError::Logo("the SVG declares entities"));
    }
    let mut copies = 0;
    for tag in text.split('<').skip(1) {
        let name = tag.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
        match name.rsplit(':').next().unwrap_or_default() {
            "image" | "feImage" | "filter" | "foreignObject" | "script" => {
                return Err(PdfError::Logo("the SVG contains more than shapes"));
            }
            "text" => return Err(PdfError::Logo("the SVG contains text: convert it to shapes")),
            "use" => copies += 1,
            _ => {}
        }
    }
    if copies > MOST_COPIES {
        return Err(PdfError::Logo("the SVG copies parts of itself too often"));
    }
    Ok(text)
}

impl TryFrom<String> for Logo {
    type Error = PdfError;

    fn try_from(text: String) -> Result<Self, PdfError> {
        Self::new(&STANDARD.decode(text).map_err(|_| PdfError::Logo("not a base64 text"))?)
    }
}

impl From<Logo> for String {
    fn from(logo: Logo) -> Self {
        STANDARD.encode(&logo.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, RgbaImage};

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        DynamicImage::ImageRgba8(RgbaImage::new(width, height)).write_to(&mut file, ImageFormat::Png).unwrap();
        file.into_inner()
    }

    fn refused(file: &[u8]) -> &'static str {
        match Logo::new(file) {
            Err(PdfError::Logo(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn bitmaps_are_reduced_and_survive_json() {
        let logo = Logo::new(&png(1600, 400)).unwrap();
        let image = image::load_from_memory(&logo.bytes).unwrap();
        assert_eq!((image.width(), image.height()), (480, 120));
        assert_eq!(logo.size, (40.0, 10.0));
        let json = serde_json::to_string(&logo).unwrap();
        assert_eq!(serde_json::from_str::<Logo>(&json).unwrap(), logo);
    }

    #[test]
    fn files_that_are_no_logos_are_refused() {
        assert_eq!(refused(b"%PDF-1.7"), "the file is not an SVG, PNG or JPEG image");
        assert_eq!(refused(&png(8001, 1)), "the image is damaged or over 8000 dots a side");
        assert_eq!(refused(&png(10, 10)[..60]), "the image is damaged or over 8000 dots a side");
        assert_eq!(refused(&[0xFF, 0xFE, 0x00]), "the file is not an SVG, PNG or JPEG image");
    }

    #[test]
    fn an_svg_may_only_draw() {
        let svg = |inside: &str| format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inside}</svg>"#);
        assert!(Logo::new(svg(r#"<path d="M0 0h9v9z" opacity=".5"/>"#).as_bytes()).is_ok());
        for inside in [
            r#"<image href="/etc/passwd"/>"#,
            r#"<x:image xmlns:x="http://www.w3.org/2000/svg" href="data:image/png;base64,AAAA"/>"#,
            "<text>ciao</text>",
            r#"<g filter="url(#f)"/><filter id="f"><feGaussianBlur stdDeviation="9"/></filter>"#,
            &r##"<use href="#a"/>"##.repeat(17),
        ] {
            refused(svg(inside).as_bytes());
        }
        refused(br#"<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">&a;</svg>"#);
    }
}
