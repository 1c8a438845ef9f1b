//! Who can log in, tried by logging in. What does not differ between versions is tried on 13, whose passwords are
//! MD5 unless somebody says otherwise, on 16, which has the memberships of today, and on the last.

use crate::support::postgres::Cluster;
use crate::support::terraform::Workspace;
use crate::support::{on_every_version, on_versions};

fn user(attributes: &str) -> String {
    format!("resource \"pgum_user\" \"one\" {{\n  username = \"one\"\n{attributes}\n}}\n")
}

struct Scene {
    cluster: Cluster,
    workspace: Workspace,
}

impl Scene {
    fn new(cluster: Cluster) -> Scene {
        let workspace = Workspace::new(&cluster);
        Scene { cluster, workspace }
    }

    #[track_caller]
    fn apply(&self, attributes: &str) {
        self.workspace.main(&user(attributes));
        self.workspace.converge();
    }

    fn logs_in(&self, password: &str) -> bool {
        self.cluster.try_session("one", password, "myapp").is_ok()
    }

    fn has_password(&self) -> bool {
        self.cluster.value("SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'one'") == "t"
    }

    fn is_in_rds_iam(&self) -> bool {
        self.cluster.value("SELECT count(*) FROM pg_auth_members WHERE member = 'one'::regrole AND roleid = 'rds_iam'::regrole")
            == "1"
    }
}

fn from_password_to_iam_and_back(scene: &Scene) {
    scene.apply("password = \"first\"");
    assert!(scene.logs_in("first"));
    assert!(!scene.is_in_rds_iam());

    scene.apply("auth_method = \"iam\"");
    assert!(!scene.logs_in("first"));
    assert!(scene.is_in_rds_iam());
    assert!(!scene.has_password());

    scene.apply("auth_method = \"password\"\npassword = \"second\"");
    assert!(scene.logs_in("second"));
    assert!(!scene.logs_in("first"));
    assert!(!scene.is_in_rds_iam());
}

on_every_version! {
    fn a_password_works_until_iam_takes_its_place(version: u16) {
        from_password_to_iam_and_back(&Scene::new(Cluster::start(version)));
    }
}

on_every_version! {
    /// With the rules of RDS, where members of rds_iam are not asked for a password at all.
    fn the_same_with_the_rules_of_rds(version: u16) {
        from_password_to_iam_and_back(&Scene::new(Cluster::builder(version).rds_hba().start()));
    }
}

on_versions! {
    [13, 16, 18]
    /// The same password again has to be sent again: there is none on the server.
    fn the_same_password_works_again_after_iam(version: u16) {
        let scene = Scene::new(Cluster::start(version));
        scene.apply("password = \"first\"");
        scene.apply("password = \"first\"\nauth_method = \"iam\"");
        assert!(!scene.logs_in("first"));
        scene.apply("password = \"first\"");
        assert!(scene.logs_in("first"));
    }
}

on_versions! {
    [13, 16, 18]
    /// Something else manages an external user's password, so pgum leaves it.
    fn an_external_users_password_is_left_alone(version: u16) {
        let scene = Scene::new(Cluster::start(version));
        scene.apply("password = \"first\"");
        scene.apply("auth_method = \"external\"");
        assert!(scene.logs_in("first"));
        scene.cluster.execute("ALTER ROLE one PASSWORD 'by another'");
        scene.workspace.assert_empty_plan();
        scene.apply("auth_method = \"iam\"");
        assert!(!scene.has_password());
        scene.apply("auth_method = \"external\"");
        assert!(!scene.is_in_rds_iam());
        assert!(!scene.has_password());
    }
}

on_versions! {
    [13, 16, 18]
    fn a_disabled_user_keeps_its_password_and_its_grants(version: u16) {
        let scene = Scene::new(Cluster::start(version));
        scene.apply("password = \"first\"\ndatabases = [\"myapp\"]");
        scene.apply("password = \"first\"\ndatabases = [\"myapp\"]\nenabled = false");
        assert!(!scene.logs_in("first"));
        assert!(scene.has_password());
        scene.apply("password = \"first\"\ndatabases = [\"myapp\"]\nenabled = true");
        assert!(scene.logs_in("first"));
    }
}

on_versions! {
    [13, 16, 18]
    fn a_renamed_user_logs_in_with_its_old_password(version: u16) {
        let scene = Scene::new(Cluster::start(version));
        scene.apply("password = \"first\"");
        let oid = scene.cluster.value("SELECT 'one'::regrole::oid");
        scene.workspace.main("resource \"pgum_user\" \"one\" {\n  username = \"two\"\n  password = \"first\"\n}\n");
        let change = scene.workspace.plan().change("pgum_user.one");
        assert!(change.is("update"), "{change:?}");
        scene.workspace.converge();
        assert!(scene.cluster.try_session("two", "first", "myapp").is_ok());
        assert_eq!(scene.cluster.value("SELECT 'two'::regrole::oid"), oid);
    }
}

on_versions! {
    [13, 16, 18]
    /// What the version is for: the value itself is not in the state, so nothing else can tell.
    fn a_write_only_password_is_sent_with_its_version(version: u16) {
        let scene = Scene::new(Cluster::start(version));
        scene.apply("password_wo = \"first\"\npassword_wo_version = \"1\"");
        assert!(scene.logs_in("first"));
        scene.apply("password_wo = \"second\"\npassword_wo_version = \"1\"");
        assert!(scene.logs_in("first"));
        scene.apply("password_wo = \"second\"\npassword_wo_version = \"2\"");
        assert!(scene.logs_in("second"));
    }
}

on_versions! {
    [13, 16, 18]
    /// A role that somebody dropped and made anew has another OID and no password; the password is sent again.
    fn a_role_made_anew_gets_its_password_again(version: u16) {
        let scene = Scene::new(Cluster::start(version));
        scene.apply("password = \"first\"");
        scene.cluster.master_session("postgres").execute("DROP ROLE one; CREATE ROLE one LOGIN");
        assert!(!scene.logs_in("first"));
        scene.workspace.converge();
        assert!(scene.logs_in("first"));
    }
}

on_versions! {
    [13, 16, 18]
    fn sessions_are_ended_where_that_is_asked(version: u16) {
        let scene = Scene::new(Cluster::start(version));
        let open = || scene.cluster.try_session("one", "first", "myapp").expect("the user's login");
        scene.apply("password = \"first\"");
        let kept = open();
        scene.apply("password = \"first\"\nenabled = false");
        assert!(kept.try_query("SELECT 1").is_ok());
        scene.apply("password = \"first\"\nenabled = true\nterminate_sessions = true");
        let ended = open();
        scene.apply("password = \"first\"\nenabled = false\nterminate_sessions = true");
        assert!(ended.try_query("SELECT 1").is_err());
        assert!(kept.try_query("SELECT 1").is_err());
    }
}
