//! Every account of the legacy databases of this project whose password is known, copied from their dumps and from
//! `accounts.json` beside them.

use super::*;
use crate::random::SeededRandomness;

const COST: Cost = Cost::MINIMUM;

const SALT: [u8; 16] = *b"sixteen bytes ok";

/// Takes `scheme` through its stored form and checks that it accepts `password` and nothing like it.
fn assert_accepts(scheme: &Scheme, password: &str) {
    let stored = Scheme::parse(&scheme.to_string()).unwrap();
    assert_eq!(&stored, scheme);
    assert!(stored.verify(password.as_bytes()), "{scheme:?} refuses {password:?}");
}

fn assert_refuses_others(scheme: &Scheme, password: &str) {
    assert!(!scheme.verify(format!("x{password}").as_bytes()), "{scheme:?} accepts anything");
}

/// frp: PHP bcrypt.
#[rustfmt::skip]
const FRP: [(&str, &str); 12] = [
    ("Frp-test-0001", "$2y$10$eCW5.2lFhthqgoo1uhGT4eKA8E0Mb4Vum2BDnnrqFLQx/DqKPHmVi"),
    ("second.pass!02", "$2y$10$mxDKg7nghN8RFnTGvL0VbuvN67fIRnGoFycsN9UDz26eQjTKVqdEC"),
    ("MiXeD cAsE 03", "$2y$10$LQrwaWgIDLPQjRoGdXHaxeAVHNa/kJ9HH7pYO4OdC94m7zKAjXsKy"),
    ("disabled-04", "$2y$10$gTb2Ss4h9mFC3trauwAMQ.LAWkIjA7lgwjJqhxVcBskSsevack632"),
    ("密码-pässwörd-05", "$2y$10$zaze4a5U8gcaZLz9EdF.9eUESiLQNzVkU06hK9tWpyTgEgwZ6vlv6"),
    ("vip \"six\" '06' \\", "$2y$10$Qqn7xOjqQC8NRgHotJI.Au8fGb.n9i3OwBPVT9rtCcr3wuMbbelAW"),
    ("L0ng-abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij", "$2y$10$7pi6jIvqEVP9EYFpYMpD1.xQpn2pK6PnM8b4qL.9r6RTMwyXBAhZG"),
    ("5f2b8c1d9e4a7036", "$2y$10$V8XdF5xL8c55lbN32Tfno.fYWRLqAbEwUZG.wKp94XsFJ2PAF3w0C"),
    ("no-token-09", "$2y$10$oLy61RI1RiipvBQKA13w/OquSq7d0.BajCV7Q3LM3NwRVia/BznVq"),
    ("admin-pass-10", "$2y$12$31p2.dLS2bSUkKtNLu6Rke6UY/Hbxl3AHBhr19cDWPODgN.jZK1Ui"),
    ("same-mail-11", "$2y$10$yiw4zzOsLQSOmE0/UeifwOKoUe.Hw9eNXzn2o7MpkZdV43xhdwI5W"),
    ("certified-12", "$2y$10$jxDOfs73kFA9WTgr5JRY4OelFKf28fsvOkwh0jGKoa1oiwCM2Tnv6"),
];

/// v1: Go bcrypt.
#[rustfmt::skip]
const V1: [(&str, &str); 12] = [
    ("123456789", "$2a$10$0pPdVlN76qQIzgo5YBAOnOcWh3jc1MfKJ7ce4vHnbAz.y/AWeT8C6"),
    ("camellia-2023", "$2a$10$r5pGFtFMdCwami5XUPOyFudeKlR5M8hjaAK1kyakbNuoawyOk35/C"),
    ("ivy-vine-8", "$2a$10$wm4Mpf3LcnuzvYaUWjAAZupiu5ytQOO/WCjv8UzJmW2RjI40kbZke"),
    ("review-it-all", "$2a$10$YPSHdiN/1.3rgdwlBFvZtOzeVKU3JGL9SpNuLOtf0Ovoect.omEaO"),
    ("Ops!\"#$%&'()", "$2a$10$6E.xBI0TJuO.DLwl94M3qujOBToUj8AJlbgQE.QPA9ekhn6dmQkP2"),
    ("reef reef reef", "$2a$10$EPRZ6mePAfpGiN7NkXuADu845A06DpmJyNnFt/k5tZ0L95TOcslT6"),
    ("gone-gone-1", "$2a$10$1Qu7R2k1BC6r7AtXrjrlwOdCwah393CW6r9sn9duCKzZ6XDa9801y"),
    ("桜の花びら", "$2a$10$OVU2Ow/9ummf.jprV30EfOLS5.uVIPjc4u.FiKj/aAaCbfrK0VTKO"),
    ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxYZ-only-the-first-72-bytes-count", "$2a$10$yRTPbwhjf/g/aSVmF492l.rRxc0OYZKWdmEA5u88jcK6NphohvDv."),
    ("plain-jane-0", "$2a$10$wWMCgydIAGTo3qTcFmZyBuQ7YRwN3KlJ.09d8DG3N9xb7Ahcaxn/C"),
    ("odd-odd-33", "$2a$10$pIcZdHa0AONLwq.qCRADzu7Z4oVL6OAKGmtspCP3DYbU/T5dObmky"),
    ("was-admin-1", "$2a$10$POYr3TWx3t44eEZKhTyFt.OQgG1T1yrXBKr2DI2RUEWyK8pb5PNri"),
];

/// proxy: Werkzeug, as pinned and upgraded.
#[rustfmt::skip]
const PROXY: [(&str, &str); 19] = [
    ("Pool#2019", "pbkdf2:sha256:150000$5W60bwdr$cf33be94c1bbff336c489afb17a1aee7f5afc3e6d649304332f2924985f2e16f"),
    ("ops-lead-1", "pbkdf2:sha256:150000$oZgwA3oJ$534edf47a2784891618c5f87a69d8c5afaa986af9a6771f495d9be368c31e32b"),
    ("运维-新密码", "pbkdf2:sha256:150000$pefCXRNy$6a14bb7a61d15dff43f11d82c66f2d9c00012c6a9403c19260bb6d630eafd17f"),
    ("old-admin-3", "pbkdf2:sha256:150000$qWODB5Bm$ad88bb3f4b521b3ce8eac19d9bb66679927cedccbafa0dbb186aa7be68d85a35"),
    ("zhangsan123", "pbkdf2:sha256:150000$waOj0xrA$5ab739661bee38a9cde2ab4f15d12d90ad42b9c725b2003b3be88df4b8f06de2"),
    ("L!si 2019", "pbkdf2:sha256:150000$HZMUtb30$a9d62adbba0be50a90e675d5d2e1f3c654976ff0d0c9c905ca02f474f5d93738"),
    ("CaseSensitive", "pbkdf2:sha256:150000$RHhB1PNy$f9ee09bed78cc4ff3cebaa15196c7316914de77ad8db732d9d6805f4a96e52e7"),
    ("number-name", "pbkdf2:sha256:150000$LD9RVsU1$aafd9afb07069f3e15398fb3df0352ae856ef0abdfb3d8e18fd402d7dbd769f0"),
    ("with space ", "pbkdf2:sha256:150000$rt9vXsjb$57c140b5b65cfbc57d551e1ecc5e3810094ec8da2665e7e96e557f33baa33e5d"),
    ("пароль-密码-é", "pbkdf2:sha256:150000$WYmS3jr1$b6e3e38eb240efcf3773b36ff4a51a9f3c11b20736b4f7465310a1b1f2359321"),
    ("locked-user-2", "pbkdf2:sha256:150000$gQF2hOsV$639280552dda731a2ccbd39c912fb83d4d9a77bf8a35bffa920d000b6a8087a9"),
    ("nodesc-pw", "pbkdf2:sha256:150000$KmmKtffa$d49625dfd48786c50ac892d7457d6877b136b288ba07bc9373e678b0bd9d1301"),
    ("pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp", "pbkdf2:sha256:150000$QQNTuW4z$cfe406cee47780ad10f536ad6ed329cde6793d489bbb964358453693167d5f54"),
    ("", "pbkdf2:sha256:150000$H8iWNRYh$331295e77b5503b41b9b19056063501ba1ec20069ffb3f4cf7ebb38bb5f1a501"),
    ("ops-lead-1+", "scrypt:32768:8:1$iPWscSq43Kzp9Nre$1776db5b0ce4bcb84fb2b7f1e32b5be5b2137d71cd771b9d499f89337fda96938e3d66cd67a1594f6c2aa25f0bb7330cf0544eb5b71195166766982d5c4fc538"),
    ("zhangsan123+", "scrypt:32768:8:1$lWyL1yGEzfErPAUb$498524e87da25e0c18d53c802c3e67c0f0745a9ead28288d2cebe834fdb8590b10524a554f3d1c2e14ddf08c6e67476ea694abd162d734741a0a3622cd773903"),
    ("L!si 2019+", "pbkdf2:sha256:260000$NXZWStXnOVGZBWXN$9218a1c7d13ef3f82ce12a7c63f6dcedd840ed66bc9c08e1ed1aa6f862c197cc"),
    ("CaseSensitive+", "pbkdf2:sha256:600000$gLHu85MaVW2w6r4I$0d3c36e0f9e6b38db0b94b1e1fa386d5571b7751de364af252d4aec473c040ee"),
    ("locked-user-2+", "pbkdf2:sha256:1000000$XPUdSs6tJyPC3jCs$fc81777df355dc17efa9504b61fb82bfa622400cb189fe190954712ee7721011"),
];

/// medusa: unsalted MD5.
#[rustfmt::skip]
const MEDUSA: [(&str, &str); 12] = [
    ("third-1971", "4ff6abdc63b485b520fbc13d9e4f880e"),
    ("magnum .357", "53adcc036060dd1cc5224f3f0b96dfc7"),
    ("斬鉄剣", "9f4b48655da8e939423070ac1cbb7e1f"),
    ("diamonds💎forever", "2a8764cfd0b06bc20ef2787f10485bdd"),
    ("ICPO", "c8e64f01dce2cd8d4a14bfefd6a01976"),
    ("long-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "2393e4eeb8d2d50f2f3bc4e2a8215c3e"),
    ("other-lupin", "e8c0b3ceffd00e919f2de3e66d9c257c"),
    ("cagliostro", "ea19466c3f12bab519b14bfddffb2a99"),
    ("", "d41d8cd98f00b204e9800998ecf8427e"),
    ("reset-2", "b2f6a501c1bf5fc36417b2cd6feefbc8"),
    ("p3-final", "2cd22db5ab1ef759d3348653c1f60cae"),
    ("1000years", "86cf07884562bcf2f990b8440638956f"),
];

/// One row of a php database: the four forms in which its owner may log in, and which of them work right after the import.
struct PhpRow {
    username: &'static str,
    /// None where the row has no usable hash.
    password: Option<&'static str>,
    stored: &'static str,
    salt: &'static str,
    /// Which digests log in at once: user_md5, self_md5, md5.
    digests: [bool; 3],
}

/// MD5(password).
#[rustfmt::skip]
const PHP_A: [PhpRow; 10] = [
    PhpRow { username: "admin", password: Some("Site@dmin2020"), stored: "b27964a8c6519076346d46e4a6b4e013", salt: "", digests: [true, false, true] },
    PhpRow { username: "111111", password: Some("111111"), stored: "96e79218965eb72c92a549dd5a330112", salt: "", digests: [true, true, true] },
    PhpRow { username: "lichun", password: Some("lichun0204"), stored: "4E8AC4EE48B261F987540D8C2F657CF6", salt: "", digests: [true, false, true] },
    PhpRow { username: "yushui", password: Some("yu-shui-19"), stored: "4e23845efb6b332944e7472728dd4140", salt: "", digests: [true, false, true] },
    PhpRow { username: "jingzhe", password: Some("JingZhe!05"), stored: "df03a53c9ed7aab0c54efd83beeea780", salt: "", digests: [true, false, true] },
    PhpRow { username: "春分", password: Some("chunfen320"), stored: "8427ec4323391c6baeccb54a0942fab8", salt: "", digests: [true, false, true] },
    PhpRow { username: "qingming_4", password: Some("qm 04 05"), stored: "31383f38800bc3d5b9327d61fd73d40c", salt: "", digests: [true, false, true] },
    PhpRow { username: "guyu", password: None, stored: "", salt: "", digests: [false, false, false] },
    PhpRow { username: "lixia2", password: Some("Lx/2021+05"), stored: "57c5e1df8d2834fe49c86dcaf0cac559", salt: "", digests: [true, false, true] },
    PhpRow { username: "o_hara'x", password: Some("密码Ab1密码"), stored: "799cef343147a4489b000cb8f14c5f56", salt: "", digests: [true, false, true] },
];

/// MD5(MD5(password) + salt).
#[rustfmt::skip]
const PHP_B: [PhpRow; 10] = [
    PhpRow { username: "root", password: Some("R00t#forum"), stored: "22f33eaa877be0652ecd0a9494e28034", salt: "a1B2c3", digests: [false, false, true] },
    PhpRow { username: "xiaoman", password: Some("xiaoman521"), stored: "a82e5c2fe23118ad86093cc7124aca3f", salt: "Zx81qQ", digests: [false, false, true] },
    PhpRow { username: "mangzhong", password: Some("Mz0606/Mz+06"), stored: "93ed4faac29862f69976b5208d29e7fb", salt: "000000", digests: [false, false, true] },
    PhpRow { username: "xiazhi", password: Some("xia_zhi_621"), stored: "559e872ac818dfc9831b1024ec3accaa", salt: "7e5101", digests: [false, false, true] },
    PhpRow { username: "xiaoshu", password: Some("XiaoShu0707"), stored: "8A8F2AB3E39FD2527C9157783E3AADF7", salt: "pQ9!x_", digests: [false, false, true] },
    PhpRow { username: "dashu", password: Some("dashu 0722"), stored: "7e92d638128c613a3d7960ca9c747647", salt: "", digests: [false, false, true] },
    PhpRow { username: "liqiu", password: Some("liqiu-0807"), stored: "ffe97f51a191c347feb2b53aa2404c9c", salt: "kk22LL", digests: [false, false, true] },
    PhpRow { username: "chushu", password: Some("chushu0823"), stored: "add7d26185873f64e854c88da517ad76", salt: "mN0oP1", digests: [false, false, true] },
    PhpRow { username: "bailu", password: Some("bailu_0907"), stored: "a52abdb30f9ae67ef1b981e642088a56", salt: "qR2sT3", digests: [false, false, true] },
    PhpRow { username: "秋分", password: Some("QiuFen0922"), stored: "a73339fcf5b26280acf87c7b5b7787a3", salt: "uV4wX5", digests: [false, false, true] },
];

/// The login digest.
#[rustfmt::skip]
const PHP_C: [PhpRow; 10] = [
    PhpRow { username: "111111", password: Some("111111"), stored: "c97ee47294955604c0af78f83b3c735a", salt: "", digests: [true, true, false] },
    PhpRow { username: "大雪", password: Some("daxue1207"), stored: "474f5eda5abd1395f7897da6efc79084", salt: "", digests: [true, false, false] },
    PhpRow { username: "dahan", password: Some("dahan 0120"), stored: "debf8ce8f4681c4d48099c623462738d", salt: "", digests: [true, false, false] },
    PhpRow { username: "hanlu", password: Some("hanlu1008"), stored: "fc78cea6f3db12ba5ade6712afca2cf2", salt: "", digests: [true, false, false] },
    PhpRow { username: "xiaoxue", password: Some("XueXue22"), stored: "3456d5d42570db0d23e211a58834158e", salt: "", digests: [true, false, false] },
    PhpRow { username: "xiaohan", password: Some("小寒0105"), stored: "051aed40f5fe4b9f3f194679a11e46bb", salt: "", digests: [true, false, false] },
    PhpRow { username: "shuangjiang", password: Some("Shuang-1023"), stored: "65ccb0d20b2212a1be26a434325f0350", salt: "", digests: [true, false, false] },
    PhpRow { username: "Dongzhi", password: Some("dongzhi-1222"), stored: "857b562edefb91b241b28154c53271dd", salt: "", digests: [true, false, false] },
    PhpRow { username: "lidong", password: Some("li_dong_7"), stored: "85d74921daa1022ac6bdab44d35dfddc", salt: "", digests: [true, false, false] },
    PhpRow { username: "import_bot", password: None, stored: "*locked*", salt: "", digests: [false, false, false] },
];

#[test]
fn frp_and_v1() {
    let all = FRP.map(|row| (Origin::Php, row)).into_iter().chain(V1.map(|row| (Origin::Go, row)));
    for (origin, (password, stored)) in all {
        let scheme = Scheme::read(origin, stored).unwrap();
        assert_accepts(&scheme, password);
        let seen = password.as_bytes();
        assert!(scheme.verify(&seen[..seen.len().min(72)]));
        assert!(scheme.needs_upgrade(COST));
    }
    for (origin, (password, stored)) in [(Origin::Php, FRP[0]), (Origin::Go, V1[1])] {
        assert_refuses_others(&Scheme::read(origin, stored).unwrap(), password);
    }
}

#[test]
fn proxy() {
    for (password, stored) in PROXY {
        let scheme = Scheme::from_werkzeug(stored).unwrap();
        assert_accepts(&scheme, password);
        assert_eq!(scheme.clone().wrap(COST, SALT), scheme);
    }
    for (password, stored) in PROXY.into_iter().take(2) {
        assert_refuses_others(&Scheme::from_werkzeug(stored).unwrap(), password);
    }
}

#[test]
fn medusa() {
    for (password, stored) in MEDUSA {
        let wrapped = Scheme::from_md5(stored).unwrap().wrap(COST, SALT);
        assert_accepts(&wrapped, password);
        assert_refuses_others(&wrapped, password);
        assert!(!wrapped.to_string().contains(stored));
    }
}

fn wrapped(bare: Result<Vec<(View, Scheme)>, UnknownScheme>) -> Result<Vec<(View, Scheme)>, UnknownScheme> {
    Ok(wrap_all(bare?, COST, &SeededRandomness::new(11)))
}

/// php `schema.md`: what logs in right after the import, and everything once the plain text was seen.
fn assert_php(row: &PhpRow, imported: Result<Vec<(View, Scheme)>, UnknownScheme>) {
    const DIGESTS: [View; 3] = [View::UserMd5, View::SelfMd5, View::Md5];
    let Some(password) = row.password else {
        assert!(imported.is_err(), "{}", row.username);
        return;
    };
    let name = Some(row.username);
    let password = password.as_bytes();
    let forms = [user_md5(row.username, password), self_md5(password), md5(password)]
        .map(|form| Presented::digest(&form).unwrap());
    let imported = imported.unwrap();
    for (view, scheme) in &imported {
        let text = scheme.to_string();
        assert!(!text.contains(&row.stored.to_lowercase()), "{view} keeps the digest");
        assert_eq!(&Scheme::parse(&text).unwrap(), scheme);
    }
    let plain = Presented::plain(password);
    for (form, expected) in forms.iter().zip(row.digests) {
        assert_eq!(check(&imported, name, form, &DIGESTS).is_some(), expected, "{} {form:?}", row.username);
    }
    assert!(check(&imported, name, &plain, &[]).is_some(), "{}", row.username);
    assert!(check(&imported, name, &Presented::plain("wrong"), &DIGESTS).is_none());
    let matched = check(&imported, name, &plain, &DIGESTS).unwrap();
    assert!(upgrade_needed(&imported, matched, name, &DIGESTS, COST));

    let upgraded = fresh_credentials(&Secret::new(password), name, &DIGESTS, COST, &SeededRandomness::new(12));
    for form in forms.iter().chain([&plain]) {
        assert!(check(&upgraded, name, form, &DIGESTS).is_some());
    }
    assert!(!upgrade_needed(&upgraded, View::Plain, name, &DIGESTS, COST));
}

#[test]
fn php_md5_column() {
    for row in &PHP_A {
        assert_php(row, wrapped(from_md5_column(row.stored, Some(row.username))));
    }
}

#[test]
fn php_salted_md5_column() {
    for row in &PHP_B {
        assert_php(row, wrapped(from_salted_md5_column(row.stored, row.salt)));
    }
}

#[test]
fn php_login_digest_column() {
    for row in &PHP_C {
        assert_php(row, wrapped(from_login_digest_column(row.stored)));
    }
}
