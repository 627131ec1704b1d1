use dragoman_accounts::AccountError as E;

use super::*;

/// One row an error, one column an endpoint: the codes of sections 3 and 10.
#[test]
fn every_domain_error_has_its_words() {
    const ENDPOINTS: [Endpoint; 10] = [
        Endpoint::RegisterLookUp,
        Endpoint::Register,
        Endpoint::Login,
        Endpoint::UserInfo,
        Endpoint::UpdateLookUp,
        Endpoint::Update,
        Endpoint::UpdatePassword,
        Endpoint::ForgetPassword,
        Endpoint::UploadAvatar,
        Endpoint::Captcha,
    ];
    let table = [
        (E::NameTaken, [604; 10]),
        (E::EmailTaken, [604; 10]),
        (E::NotStorable, [404, 400, 169, 169, 169, 404, 169, 169, 169, 169]),
        (E::UnknownAccount, [404, 603, 604, 403, 169, 404, 404, 501, 169, 169]),
        (E::WrongPassword, [404, 603, 604, 403, 169, 404, 404, 501, 169, 169]),
        (E::Locked { password_right: true }, [404, 603, 604, 403, 169, 404, 404, 501, 169, 169]),
        (E::Locked { password_right: false }, [404, 603, 604, 403, 169, 404, 404, 501, 169, 169]),
        (E::Throttled, [404, 603, 604, 403, 169, 404, 404, 501, 169, 169]),
        (E::Forbidden, [404, 603, 604, 403, 169, 404, 404, 501, 169, 169]),
        (E::LastSuperAdministrator, [404, 603, 604, 403, 169, 404, 404, 501, 169, 169]),
        (E::UnknownChallenge, [504, 504, 503, 503, 503, 503, 503, 503, 503, 503]),
        (E::ExpiredChallenge, [504, 504, 503, 503, 503, 503, 503, 503, 503, 503]),
        (E::WrongAnswer, [504, 504, 503, 503, 503, 503, 503, 503, 503, 503]),
        (E::Busy, [169; 10]),
        (E::Unavailable, [404, 400, 169, 169, 169, 404, 169, 169, 169, 169]),
        (E::Internal, [404, 400, 169, 169, 169, 404, 169, 169, 169, 169]),
    ];
    for (error, codes) in table {
        let given = ENDPOINTS.map(|endpoint| Refusal::of(endpoint, error).1);
        assert_eq!(given, codes, "{error:?}");
    }
    assert_eq!(Refusal::of(Endpoint::Register, E::Unavailable), Refusal("未知错误", 400));
    assert_eq!(Refusal::of(Endpoint::Register, E::Forbidden), Refusal("注册失败", 603));
    assert_eq!(Refusal::of(Endpoint::RegisterLookUp, E::Internal), Refusal("报错了🙄", 404));
    assert_eq!(Refusal::of(Endpoint::Update, E::Unavailable), Refusal("输入信息有误重新输入", 404));
    assert_eq!(Refusal::of(Endpoint::UserInfo, E::UnknownAccount), Refusal("小宝贝这是非法查询哦(๑•̀ㅂ•́)و✧", 403));
    for endpoint in ENDPOINTS {
        assert_eq!(Refusal::of(endpoint, E::Busy), Refusal("服务器繁忙，请稍后再试！", 169));
    }
}
