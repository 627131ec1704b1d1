//! The paths of this dialect, and what they do. Contract 1; PHP asks for no method where none is checked. `M` is each folder of `php.mounts`.

use dragoman_dialect::{
    Route,
    RouteClass::{Never, Read, Write},
};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/api/v1/users/login.php", Never),
    Route::of(&[], "/api/v1/users/get-status.php", Read),
    Route::of(&[], "/api/v1/users/logout.php", Write),
    Route::post("/api/v1/users/modify_user_nickname.php", Write),
    Route::post("/api/v1/users/modify_user_password.php", Write),
    Route::of(&[], "/api/v1/users/login-token.php", Never),
    Route::of(&[], "/api/v1/users/captcha.php", Never),
    Route::of(&[], "/api/v1/users/get-user-info.php", Read),
    Route::post("/api/v1/users/register.php", Write),
];
