//! Section 3.9: serving pictures.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use dragoman_dialect::pictures::{Serving, respond};

use crate::{Mount, shape::not_found};

/// Any method on `/s/<file name>`.
pub async fn picture(mount: Data<Mount>, request: HttpRequest) -> HttpResponse {
    let name = request.match_info().query("name");
    let serving = Serving { content_type: content_type(name), ranges: false };
    let Ok(Some(mut answer)) = respond(&request, &mount.pictures, name, serving).await else {
        // A storage that is away too: this dialect has no other status (section 1.1), and its client then shows the
        // default picture.
        return not_found().await;
    };
    let disposition = header::HeaderValue::from_str(&format!("inline; filename=\"{name}\""));
    if let (StatusCode::OK, Ok(disposition)) = (answer.status(), disposition) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    answer
}

/// From the name alone, whatever the bytes are.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
