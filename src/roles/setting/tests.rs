use proptest::prelude::*;

use super::*;

fn equal(name: &str, a: &str, b: &str) {
    assert!(settings_equal(name, a, b), "{name}: {a} is {b}");
    assert!(settings_equal(name, b, a), "{name}: {b} is {a}");
}

fn differ(name: &str, a: &str, b: &str) {
    assert!(!settings_equal(name, a, b), "{name}: {a} is not {b}");
    assert!(!settings_equal(name, b, a), "{name}: {b} is not {a}");
}

#[test]
fn numbers_are_the_same_in_any_unit() {
    equal("statement_timeout", "5s", "5000ms");
    equal("statement_timeout", "5s", "5000");
    equal("Statement_Timeout", " 5 s ", "5000");
    equal("statement_timeout", "1min", "60s");
    equal("statement_timeout", "1.5h", "90min");
    equal("statement_timeout", "1d", "86400000");
    equal("statement_timeout", "1500us", "2");
    equal("work_mem", "4MB", "4096kB");
    equal("work_mem", "4MB", "4096");
    equal("sort_mem", "4MB", "4096");
    equal("temp_buffers", "8MB", "1024");
    equal("tcp_keepalives_idle", "1min", "60");
    equal("log_min_duration_statement", "-1", "-1ms");
    equal("vacuum_cost_delay", "2", "2ms");
    equal("vacuum_cost_delay", "1.5", "1500us");
    equal("some_new_timeout", "5s", "5000ms");
    equal("random_page_cost", "1.10", "1.1");
    equal("random_page_cost", "4", "4.0");
}

#[test]
fn numbers_that_are_not_the_same() {
    differ("statement_timeout", "5s", "5001");
    differ("statement_timeout", "5s", "5min");
    differ("statement_timeout", "5s", "5");
    differ("statement_timeout", "5S", "5s"); // the server refuses a unit in another case
    differ("work_mem", "4MB", "4");
    differ("work_mem", "4s", "4096");
    differ("temp_buffers", "8MB", "8192");
    differ("vacuum_cost_delay", "1.5", "2");
    // The server rounds 30.1GB to whole megabytes.
    differ("work_mem", "30.1GB", "31562138kB");
    equal("work_mem", "30.1GB", "30822MB");
    differ("some_new_timeout", "5s", "5000"); // of which nobody knows the unit
    differ("work_mem", "0x10MB", "16MB"); // the same, but not worth a parser
    differ("work_mem", "010", "10"); // octal
    differ("work_mem", "NaN", "nan");
    differ("work_mem", "inf", "Inf");
}

#[test]
fn booleans_are_the_same_in_any_spelling() {
    for yes in ["on", "ON", "true", "t", "yes", "y", "1"] {
        for no in ["off", "of", "false", "f", "no", "n", "0"] {
            equal("jit", yes, "on");
            equal("jit", no, "off");
            differ("jit", yes, no);
        }
    }
    equal("synchronous_commit", "true", "on");
    equal("synchronous_commit", "Remote_Apply", "remote_apply");
    differ("synchronous_commit", "local", "on");
    differ("jit", "o", "on");
    differ("jit", "", "off");
    equal("log_statement", "ALL", "all");
}

#[test]
fn texts_mean_only_themselves() {
    differ("application_name", "on", "true");
    differ("application_name", "1", "1.0");
    differ("application_name", "5s", "5000ms");
    differ("app.flag", "on", "true");
    differ("app.limit", "1MB", "1024kB");
    differ("default_text_search_config", "a, b", "a,b");
    equal("app.flag", "on", "on");
}

#[test]
fn lists_are_the_same_with_other_spaces_and_quotes() {
    equal("search_path", r#""$user", public"#, r#""$user",public"#);
    equal("search_path", r#""$user", public"#, "$user , Public");
    equal("search_path", "app", r#""app""#);
    equal("search_path", r#""a""b", c"#, r#"a"b,c"#);
    equal("search_path", "", r#""""#);
    equal("Search_Path", " a ,\tb ", "A,B");
    differ("search_path", r#""App""#, "app");
    differ("search_path", "a, b", r#""a, b""#);
    differ("search_path", "a, b", "b, a");
    differ("search_path", "a b", "a  b"); // no list
    differ("search_path", "a,", "a"); // no list
    differ("search_path", r#""a"#, "a"); // no list
    equal("DateStyle", "ISO, DMY", "iso,dmy");
    equal("session_preload_libraries", r#"auto_explain, "my lib""#, r#"auto_explain,my lib"#);
    differ("session_preload_libraries", "Auto_Explain", "auto_explain");
}

#[test]
fn names_are_the_same_in_any_case_and_by_their_former_names() {
    assert_eq!(canonical_setting_name("TimeZone"), "timezone");
    assert_eq!(canonical_setting_name("Sort_Mem"), "work_mem");
    assert_eq!(canonical_setting_name("app.Flag"), "app.flag");
}

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "statement_timeout",
        "work_mem",
        "jit",
        "search_path",
        "app.x",
        "DateStyle",
        "what",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_a_panic_and_order_does_not_matter(
        name in names(),
        a in ".*",
        b in "[-+0-9.a-zA-Z \",$]{0,12}",
        c in "[0-9]{0,3}(s|ms|min|kB|MB)?",
    ) {
        for (one, other) in [(&a, &b), (&b, &c), (&c, &a)] {
            prop_assert_eq!(settings_equal(name, one, other), settings_equal(name, other, one));
            prop_assert!(settings_equal(name, one, one));
        }
    }

    /// What is quoted as PostgreSQL quotes it is the list that was meant.
    #[test]
    fn quoted_lists_are_read_back(names in prop::collection::vec("[a-zA-Z\", $é]{1,5}", 0..4)) {
        let quoted = |separator: &str| {
            let quoted = names.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\"")));
            quoted.collect::<Vec<_>>().join(separator)
        };
        prop_assert!(settings_equal("search_path", &quoted(","), &quoted("  , ")));
        let longer = format!("{}, other_one", quoted(", "));
        prop_assert!(names.is_empty() || !settings_equal("search_path", &quoted(","), &longer));
    }
}
