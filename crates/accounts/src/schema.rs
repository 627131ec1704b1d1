//! The tables as the queries see them: one description for three engines, held against the migrations by `migrations::tests`.
//!
//! Every instant is a count of milliseconds, every digest has 32 bytes. `diesel::table!` takes no doc comments worth keeping; what a
//! column means is said where its row type is.

use dragoman_store::rows::Table;

diesel::table! {
    counters (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    accounts (number) {
        number -> BigInt,
        uuid -> Text,
        role -> SmallInt,
        locked -> Bool,
        display_name -> Nullable<Text>,
        bio -> Nullable<Text>,
        email -> Nullable<Text>,
        created_at -> Nullable<BigInt>,
        last_login_at -> Nullable<BigInt>,
        stateless_not_before -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    identities (exact_key) {
        exact_key -> Binary,
        folded_key -> Nullable<Binary>,
        folded_group -> Binary,
        fold_version -> SmallInt,
        account -> BigInt,
        kind -> SmallInt,
        scope -> Text,
        value -> Text,
        verified -> Bool,
        search_key -> Nullable<Binary>,
    }
}

diesel::table! {
    credentials (account, view_name) {
        account -> BigInt,
        view_name -> Text,
        verifier -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    sessions (token_digest) {
        token_digest -> Binary,
        account -> Nullable<BigInt>,
        dialect -> Text,
        scope -> Text,
        purpose -> Text,
        family -> Binary,
        created_at -> BigInt,
        touched_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        purge_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    old_sessions (session) {
        session -> Binary,
        account -> Nullable<BigInt>,
        sealed -> Text,
        kept_at -> BigInt,
        purge_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    challenges (challenge_key) {
        challenge_key -> Binary,
        dialect -> Text,
        purpose -> Text,
        answer -> Text,
        account -> Nullable<BigInt>,
        tries_left -> Integer,
        spent -> Bool,
        created_at -> BigInt,
        expires_at -> BigInt,
        purge_at -> BigInt,
    }
}

diesel::table! {
    throttles (throttle_key) {
        throttle_key -> Binary,
        failures -> BigInt,
        window_started_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    audit (id) {
        id -> BigInt,
        at -> BigInt,
        account -> Nullable<BigInt>,
        actor -> Nullable<BigInt>,
        action -> Text,
        dialect -> Text,
        network -> Nullable<Text>,
        detail -> Nullable<Text>,
        seal -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit_seals (number) {
        number -> BigInt,
        sealed_at -> BigInt,
        entries -> Binary,
        digest -> Binary,
        signature -> Binary,
        pruned -> Bool,
    }
}

diesel::table! {
    facets (account, name) {
        account -> BigInt,
        name -> Text,
        body -> Text,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> Text,
        purpose -> Text,
        secret -> Text,
        created_at -> BigInt,
        accepted_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    catalogue (scope, number) {
        scope -> Text,
        number -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    mails (id) {
        id -> Text,
        recipient -> Text,
        recipient_key -> Binary,
        sender_name -> Text,
        subject -> Text,
        text_body -> Text,
        html_body -> Nullable<Text>,
        code -> Nullable<Text>,
        state -> SmallInt,
        attempts -> Integer,
        created_at -> BigInt,
        due_at -> BigInt,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    imports (id) {
        id -> Text,
        dialect -> Text,
        scope -> Text,
        source -> Text,
        total -> BigInt,
        position -> BigInt,
        phase -> SmallInt,
        counter_before -> BigInt,
        counter_after -> BigInt,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    import_entries (scope, entry_key) {
        scope -> Text,
        entry_key -> Binary,
        import -> Text,
        kind -> SmallInt,
        account -> Nullable<BigInt>,
        digest -> Binary,
        previous -> Nullable<Text>,
    }
}

diesel::table! {
    tallies (span, begins_at, measure) {
        span -> SmallInt,
        begins_at -> BigInt,
        measure -> Text,
        amount -> BigInt,
    }
}

diesel::table! {
    second_factors (account) {
        account -> BigInt,
        secret -> Text,
        last_step -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    recovery_codes (account, code_digest) {
        account -> BigInt,
        code_digest -> Binary,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    audit,
    audit_seals,
    catalogue,
    challenges,
    counters,
    credentials,
    facets,
    identities,
    import_entries,
    imports,
    mails,
    old_sessions,
    recovery_codes,
    second_factors,
    sessions,
    signing_keys,
    tallies,
    throttles,
);

dragoman_store::every_table!(
    counters,
    accounts,
    identities,
    credentials,
    sessions,
    old_sessions,
    challenges,
    throttles,
    audit,
    audit_seals,
    facets,
    signing_keys,
    catalogue,
    mails,
    imports,
    import_entries,
    tallies,
    second_factors,
    recovery_codes,
);

/// [`described_tables`], with what whoever moves them must know of two.
pub(crate) fn portable_tables() -> Vec<Table> {
    let marked = |table: Table| match table.name {
        "counters" => table.seeded(),
        "audit" => table.numbered(),
        _ => table,
    };
    described_tables().into_iter().map(marked).collect()
}
