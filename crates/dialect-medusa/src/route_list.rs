//! The paths of this dialect, and what they do. The contract's summary. `user_info` is a POST and reads.

use dragoman_dialect::{
    Route,
    RouteClass::{Never, Read, Write},
};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/api/registered", Write),
    Route::post("/api/login", Never),
    Route::post("/api/user_info", Read),
    Route::post("/api/update_password", Write),
    Route::post("/api/update_show_name", Write),
    Route::post("/api/update_key", Write),
    Route::post("/api/forget_password", Write),
    Route::post("/api/upload_avatar", Write),
    Route::get("/api/get_verification_code", Never),
    Route::of(&[], "/s/{name}", Read),
];
