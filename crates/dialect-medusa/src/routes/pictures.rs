//! Section 3.9: serving pictures.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use dragoman_dialect::pictures::{PictureError, Serving, respond};

use crate::{Mount, pictures::PICTURE_FOLDER, shape::not_found};

/// Any method on `/s/<file name>`.
pub async fn picture(mount: Data<Mount>, request: HttpRequest) -> HttpResponse {
    let name = request.match_info().query("name");
    let serving = Serving { content_type: content_type(name), ranges: false };
    let Ok(Some(mut answer)) = mount.show(&request, name, serving).await else {
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

impl Mount {
    /// A picture of the store; one of an account that came from the old server may still be there alone.
    async fn show(
        &self,
        request: &HttpRequest,
        name: &str,
        serving: Serving<'_>,
    ) -> Result<Option<HttpResponse>, PictureError> {
        match (respond(request, &self.pictures, name, serving).await?, &self.predecessor) {
            (None, Some(old)) if old.fetch_picture(&self.pictures, name, PICTURE_FOLDER).await => {
                respond(request, &self.pictures, name, serving).await
            }
            (shown, _) => Ok(shown),
        }
    }
}

/// From the name alone, whatever the bytes are.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
