//! The paths of this dialect, and what they do. The contract's summary. The check before a reset opens it, and a refresh makes a token.

use dragoman_dialect::{
    Route,
    RouteClass::{Never, Read, Write},
};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/api/v1/user/register", Write),
    Route::post("/api/v1/user/login", Never),
    Route::post("/api/v1/user/login/email", Never),
    Route::post("/api/v1/user/code/email", Write),
    Route::get("/api/v1/user/info/other", Read),
    Route::get("/api/v1/user/uid", Read),
    Route::get("/api/v1/user/resetpwd/check", Write),
    Route::post("/api/v1/user/pwd/modify", Write),
    Route::get("/api/v1/user/token/refresh", Never),
    Route::get("/api/v1/user/info/get", Read),
    Route::post("/api/v1/user/info/modify", Write),
    Route::post("/api/v1/user/cover/modify", Write),
    Route::get("/api/v1/user/manage/list", Read),
    Route::get("/api/v1/user/manage/search", Read),
    Route::get("/api/v1/user/manage/search&{query:.*}", Read),
    Route::post("/api/v1/user/manage/modify", Write),
    Route::post("/api/v1/user/manage/role/modify", Write),
    Route::post("/api/v1/user/manage/delete", Write),
    Route::get("/api/v1/captcha/get", Never),
    Route::post("/api/v1/captcha/validate", Never),
    Route::post("/api/v1/upload/image", Write),
    Route::get("/api/image/{name}", Read),
];
