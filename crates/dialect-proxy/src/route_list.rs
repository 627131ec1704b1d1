//! The paths of this dialect, and what they do. The contract's summary, without `/updatespend`, which nobody serves. `/upavatar` changes the avatar by GET too.

use dragoman_dialect::{
    Route,
    RouteClass::{Never, Read, Write},
};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/login", Never),
    Route::post("/regist", Write),
    Route::get("/about", Read),
    Route::post("/description", Write),
    Route::of(&["GET", "POST"], "/upavatar", Write),
    Route::get("/userlist", Read),
    Route::get("/adminlist", Read),
    Route::post("/adduser", Write),
    Route::post("/delete", Write),
    Route::post("/lock", Write),
    Route::post("/upwd", Write),
    Route::post("/admin/upwd", Write),
    Route::get("/iplist", Read),
    Route::get("/", Read),
];
