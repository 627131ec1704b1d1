//! The paths of this dialect, and what they do. Contract 1. What mails, renews or fills up is a GET here and writes all the same.

use dragoman_dialect::{
    Route,
    RouteClass::{Never, Read, Write},
};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/api/v2/users/login", Never),
    Route::post("/api/v2/users/reset/password", Write),
    Route::get("/api/v2/users/info", Read),
    Route::post("/api/v2/users/register", Write),
    Route::get("/api/v2/users/send", Write),
    Route::of(&["DELETE"], "/api/v2/users/reset/token/all", Write),
    Route::of(&["DELETE"], "/api/v2/users/reset/token/single", Write),
    Route::of(&["GET", "POST"], "/api/v2/users/reset/frp_token", Write),
    Route::get("/api/v2/check/token", Read),
    Route::get("/api/v2/users/reset/traffic", Write),
];
