//! The tables as the queries see them. Every instant is a count of milliseconds, every day one of days since the Unix epoch.

diesel::table! {
    usage_callers (caller_key) {
        caller_key -> Binary,
        mount -> Text,
        route -> Text,
        client -> Text,
        account -> Nullable<BigInt>,
        requests -> BigInt,
        first_at -> BigInt,
        last_at -> BigInt,
    }
}

diesel::table! {
    usage_days (caller_key, day) {
        caller_key -> Binary,
        day -> BigInt,
        requests -> BigInt,
    }
}

diesel::table! {
    usage_totals (number) {
        number -> BigInt,
        batches -> BigInt,
        callers -> BigInt,
        days -> BigInt,
        clients -> BigInt,
        began_at -> BigInt,
    }
}

diesel::table! {
    shadow_verdicts (verdict_key) {
        verdict_key -> Binary,
        mount -> Text,
        route -> Text,
        verdict -> Text,
        requests -> BigInt,
        first_at -> BigInt,
        last_at -> BigInt,
    }
}

diesel::table! {
    shadow_samples (sample_key) {
        sample_key -> Binary,
        mount -> Text,
        route -> Text,
        place -> Text,
        old -> Text,
        ours -> Text,
        requests -> BigInt,
        first_at -> BigInt,
        last_at -> BigInt,
    }
}

dragoman_store::every_table!(usage_callers, usage_days, usage_totals, shadow_verdicts, shadow_samples);
