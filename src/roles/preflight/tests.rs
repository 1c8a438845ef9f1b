//! Each rule with the one it is true for and its twin, up to 15 and from 16 on.

use super::*;
use crate::roles::foresight::Creator;
use crate::roles::{
    Catalog, CatalogDatabase, CatalogMembership, CatalogPrivilege, CatalogRole, DatabaseName,
    MembershipOptions, Oid, Privilege, PrivilegeSet, RoleAttributes, RoleName, RoleOption, Server,
};

const BOOTSTRAP: u32 = 10;
const ME: u32 = 100;
const USER: u32 = 101;
const GROUP: u32 = 102;
const OTHER: u32 = 103;

const MEMBER: MembershipOptions = MembershipOptions { admin: false, inherit: true, set: true };
const ADMIN: MembershipOptions = MembershipOptions { admin: true, ..MEMBER };
/// What a creator gets.
const ADMIN_ONLY: MembershipOptions = MembershipOptions { admin: true, ..MembershipOptions::NONE };

fn name(text: &str) -> RoleName {
    RoleName::from_catalog(text)
}

fn database() -> DatabaseName {
    DatabaseName::from_catalog("myapp")
}

/// A cluster, as one test needs it: who applies has CREATEROLE and nothing else.
struct World {
    version: u32,
    roles: Vec<CatalogRole>,
    memberships: Vec<CatalogMembership>,
    owner: u32,
    acl: Vec<CatalogPrivilege>,
    creator: Creator,
}

impl World {
    fn new(version: u32) -> Self {
        let role = |oid, text: &str| CatalogRole {
            oid: Oid(oid),
            name: name(text),
            attributes: RoleAttributes::default(),
            comment: None,
        };
        let mut roles = vec![
            role(BOOTSTRAP, "rdsadmin"),
            role(ME, "me"),
            role(USER, "user"),
            role(GROUP, "group"),
            role(OTHER, "other"),
        ];
        roles[0].attributes.superuser = true;
        roles[1].attributes.create_role = true;
        let creator = Creator::BecomesMember;
        Self { version, roles, memberships: vec![], owner: OTHER, acl: vec![], creator }
    }

    fn with(mut self, oid: u32, change: impl FnOnce(&mut RoleAttributes)) -> Self {
        let role = self.roles.iter_mut().find(|role| role.oid == Oid(oid)).unwrap();
        change(&mut role.attributes);
        self
    }

    fn member(mut self, group: u32, member: u32, options: MembershipOptions, grantor: u32) -> Self {
        let (group, member, grantor) = (Oid(group), Oid(member), Oid(grantor));
        self.memberships.push(CatalogMembership { group, member, grantor, options });
        self
    }

    fn connect(mut self, grantee: u32, grant_option: bool, grantor: u32) -> Self {
        let (grantee, grantor) = (Oid(grantee), Oid(grantor));
        self.acl.push(CatalogPrivilege { grantee, grantor, privilege: Privilege::Connect, grant_option });
        self
    }

    fn owned_by(mut self, owner: u32) -> Self {
        self.owner = owner;
        self
    }

    /// On RDS, for a member of `rds_superuser`.
    fn on_rds(mut self) -> Self {
        self.creator = Creator::NotKnown;
        self
    }

    fn foresight(&self) -> Foresight {
        let database = CatalogDatabase {
            oid: Oid(200),
            name: database(),
            owner: Oid(self.owner),
            allows_connections: true,
            acl: self.acl.clone(),
        };
        let catalog = Catalog::new(self.roles.clone(), self.memberships.clone(), vec![], vec![database]);
        let me = self.roles.iter().find(|role| role.oid == Oid(ME)).unwrap();
        let server = Server { version: self.version, user: name("me"), superuser: me.attributes.superuser };
        Foresight::new(catalog, server, self.creator)
    }

    fn reasons(&self, changes: &[Change]) -> Vec<Reason> {
        obstacles(&self.foresight(), changes).into_iter().map(|obstacle| obstacle.reason).collect()
    }

    #[track_caller]
    fn refuses(&self, change: Change, reason: Reason) {
        let found = obstacles(&self.foresight(), std::slice::from_ref(&change));
        assert_eq!(
            found.iter().map(|found| &found.reason).collect::<Vec<_>>(),
            [&reason],
            "{}",
            self.version
        );
        assert!(found[0].certain && found[0].change.is_some());
    }

    #[track_caller]
    fn lacks(&self, change: Change, right: Right) {
        self.refuses(change, Reason::NoRight(right));
    }

    #[track_caller]
    fn allows(&self, change: Change) {
        assert_eq!(self.reasons(&[change]), [], "{}", self.version);
    }
}

fn create(change: impl FnOnce(&mut RoleAttributes)) -> Change {
    let mut attributes = RoleAttributes::default();
    change(&mut attributes);
    Change::Create { name: name("new"), attributes }
}

fn alter(role: &str, options: Vec<RoleOption>) -> Change {
    Change::Alter { name: name(role), options }
}

fn comment(role: &str) -> Change {
    Change::Comment { name: name(role), text: None }
}

fn password(role: &str) -> Change {
    Change::SetPassword { name: name(role) }
}

fn grant(group: &str, member: &str, options: MembershipOptions) -> Change {
    Change::GrantMembership { group: name(group), member: name(member), options, keeps_admin: false }
}

fn revoke(group: &str, member: &str, grantor: Option<&str>) -> Change {
    Change::RevokeMembership { group: name(group), member: name(member), grantor: grantor.map(name) }
}

fn grant_connect(grantee: &str, grant_option: bool) -> Change {
    let privileges = PrivilegeSet::from([(Privilege::Connect, grant_option)]);
    Change::GrantPrivileges { database: database(), grantee: name(grantee), privileges }
}

fn revoke_connect(grantee: &str, grant_option_only: bool, grantor: Option<&str>) -> Change {
    Change::RevokePrivileges {
        database: database(),
        grantee: name(grantee),
        privileges: vec![Privilege::Connect],
        grant_option_only,
        grantor: grantor.map(name),
    }
}

fn old() -> World {
    World::new(150_000)
}

fn new() -> World {
    World::new(160_000)
}

fn admin_of(on: &str) -> Right {
    Right::Admin { on: name(on) }
}

#[test]
fn creating_takes_createrole_and_what_is_given() {
    for world in [old, new] {
        world().allows(create(|_| {}));
        world().with(ME, |me| me.create_role = false).lacks(create(|_| {}), Right::CreateRole);
        let options = vec![RoleOption::Superuser(true)];
        world().lacks(create(|role| role.superuser = true), Right::Superuser { options });
        world().with(ME, |me| me.superuser = true).allows(create(|role| role.superuser = true));
    }
    old().allows(create(|role| role.create_database = true));
    let options = vec![RoleOption::CreateDatabase(true)];
    new().lacks(create(|role| role.create_database = true), Right::Own { options });
    new().with(ME, |me| me.create_database = true).allows(create(|role| role.create_database = true));
    let options = vec![RoleOption::Replication(true)];
    old()
        .with(ME, |me| me.replication = true)
        .lacks(create(|role| role.replication = true), Right::Superuser { options });
    new().with(ME, |me| me.replication = true).allows(create(|role| role.replication = true));
}

#[test]
fn altering_takes_admin_option_from_16_on() {
    let limit = || alter("user", vec![RoleOption::ConnectionLimit(3)]);
    old().allows(limit());
    new().lacks(limit(), admin_of("user"));
    new().member(USER, ME, ADMIN_ONLY, BOOTSTRAP).allows(limit());
    // Through a group, inherited or not.
    let through = |options| new().member(GROUP, ME, options, BOOTSTRAP).member(USER, GROUP, ADMIN, BOOTSTRAP);
    through(MEMBER).allows(limit());
    through(MembershipOptions::NONE).allows(limit());
    for world in [old, new] {
        world()
            .member(USER, ME, ADMIN, BOOTSTRAP)
            .with(ME, |me| me.create_role = false)
            .lacks(limit(), Right::CreateRole);
        let on_superuser = Right::SuperuserFor { role: name("user") };
        world().with(USER, |user| user.superuser = true).lacks(limit(), on_superuser);
        world().with(ME, |me| me.superuser = true).with(USER, |user| user.superuser = true).allows(limit());
    }
}

#[test]
fn an_alter_has_only_what_is_refused() {
    let options =
        vec![RoleOption::Login(true), RoleOption::Replication(true), RoleOption::ConnectionLimit(1)];
    for world in [old(), new().member(USER, ME, ADMIN, BOOTSTRAP)] {
        let found = obstacles(&world.foresight(), &[alter("user", options.clone())]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].change, Some(alter("user", vec![RoleOption::Replication(true)])));
    }
    // Up to 15 a role with REPLICATION is for superusers, whatever is altered.
    let world = old().with(USER, |user| user.replication = true);
    world.lacks(password("user"), Right::SuperuserForReplication { role: name("user") });
    world.allows(comment("user"));
}

#[test]
fn what_one_changes_of_itself() {
    let no_role = |me: &mut RoleAttributes| me.create_role = false;
    for world in [old, new] {
        world().with(ME, no_role).allows(password("me"));
        let set = Change::SetSetting {
            role: name("me"),
            database: None,
            name: "work_mem".to_owned(),
            value: "8MB".to_owned(),
        };
        world().with(ME, no_role).allows(set);
        world().with(ME, no_role).lacks(comment("me"), Right::CreateRole);
    }
    old().allows(comment("me"));
    new().lacks(comment("me"), Right::NotItself);
    new().lacks(alter("me", vec![RoleOption::ConnectionLimit(1)]), Right::NotItself);
}

#[test]
fn one_missing_right_is_said_once() {
    let changes = [comment("user"), password("user"), alter("user", vec![RoleOption::Login(true)])];
    assert_eq!(new().reasons(&changes), [Reason::NoRight(admin_of("user"))]);
    let world = new().with(ME, |me| me.create_role = false);
    assert_eq!(world.reasons(&changes), [Reason::NoRight(Right::CreateRole)]);
}

#[test]
fn granting_a_group() {
    old().allows(grant("group", "user", ADMIN));
    let no_role = |me: &mut RoleAttributes| me.create_role = false;
    old().with(ME, no_role).lacks(grant("group", "user", MEMBER), Right::CreateRole);
    old().with(ME, no_role).member(GROUP, ME, ADMIN, BOOTSTRAP).allows(grant("group", "user", MEMBER));
    new().lacks(grant("group", "user", MEMBER), admin_of("group"));
    // CREATEROLE is not needed from 16 on.
    new().with(ME, no_role).member(GROUP, ME, ADMIN_ONLY, BOOTSTRAP).allows(grant("group", "user", ADMIN));
    for world in [old, new] {
        let superuser = Right::SuperuserFor { role: name("rdsadmin") };
        world().lacks(grant("rdsadmin", "user", MEMBER), superuser);
    }
    // A group that is not there is said otherwise.
    new().allows(grant("nobody", "user", MEMBER));
}

#[test]
fn admin_option_that_is_not_inherited_makes_no_grantor() {
    let through =
        |options| new().member(OTHER, ME, options, BOOTSTRAP).member(GROUP, OTHER, ADMIN, BOOTSTRAP);
    through(MEMBER).allows(grant("group", "user", MEMBER));
    let not_inherited = MembershipOptions { inherit: false, ..MEMBER };
    through(not_inherited).lacks(grant("group", "user", MEMBER), Right::InheritedAdmin { on: name("group") });
    // Nor does it take back what was granted while there was another.
    let world = new().member(GROUP, OTHER, ADMIN, BOOTSTRAP).member(GROUP, USER, MEMBER, ME);
    let not_inherited = MembershipOptions { inherit: false, ..MEMBER };
    let right = Right::InheritedAdmin { on: name("group") };
    world.member(OTHER, ME, not_inherited, BOOTSTRAP).lacks(revoke("group", "user", None), right);
}

#[test]
fn what_is_made_in_the_same_run_may_be_granted_and_changed() {
    for creator in [Creator::BecomesMember, Creator::NotKnown] {
        let mut world = new();
        world.creator = creator;
        let changes = [create(|_| {}), comment("new"), grant("new", "user", MEMBER), password("new")];
        assert_eq!(world.reasons(&changes), []);
    }
    // ADMIN OPTION that was granted in between counts.
    let world = new().member(GROUP, ME, ADMIN, BOOTSTRAP);
    let changes = [grant("group", "other", ADMIN), grant("other", "user", MEMBER)];
    assert_eq!(world.reasons(&changes), [Reason::NoRight(admin_of("other"))]);
    let changes = [create(|_| {}), grant("new", "group", ADMIN), grant("new", "user", MEMBER)];
    assert_eq!(world.reasons(&changes), []);
}

#[test]
fn memberships_do_not_go_in_a_circle() {
    for version in [150_000, 160_000] {
        let world = World::new(version)
            .with(ME, |me| me.superuser = true)
            .member(OTHER, GROUP, MembershipOptions::NONE, BOOTSTRAP)
            .member(USER, OTHER, MEMBER, BOOTSTRAP);
        let path = ["group", "other", "user"].map(name).to_vec();
        world.refuses(grant("group", "user", MEMBER), Reason::Circle { path });
        world.refuses(grant("user", "user", MEMBER), Reason::Circle { path: vec![name("user")] });
        world.allows(grant("user", "group", MEMBER));
        // Somebody may still take a step out of it.
        let foresight = world.foresight();
        let mut found = Vec::new();
        let mut judge = Judge::new(&foresight).unwrap();
        judge.look(&foresight, &grant("group", "user", MEMBER), &|role| role == Oid(OTHER), &mut found);
        assert!(!found[0].certain && !found[0].is_right_not_known());
    }
    // Of what is planned, too.
    let changes = [grant("group", "user", MEMBER), grant("user", "group", MEMBER)];
    assert!(matches!(&old().reasons(&changes)[..], [Reason::Circle { .. }]));
}

#[test]
fn revoking_what_others_granted() {
    old().member(GROUP, USER, MEMBER, OTHER).allows(revoke("group", "user", None));
    let world = || new().member(GROUP, USER, MEMBER, OTHER).member(GROUP, ME, ADMIN, BOOTSTRAP);
    let theirs = || Reason::CannotRevoke { grantor: name("other") };
    world().refuses(revoke("group", "user", Some("other")), theirs());
    // As a member that inherits, and as one that may make itself a member.
    world().member(OTHER, ME, MEMBER, BOOTSTRAP).allows(revoke("group", "user", Some("other")));
    world().member(OTHER, ME, ADMIN_ONLY, BOOTSTRAP).allows(revoke("group", "user", Some("other")));
    let not_inherited = MembershipOptions { inherit: false, ..MEMBER };
    world()
        .member(OTHER, ME, not_inherited, BOOTSTRAP)
        .refuses(revoke("group", "user", Some("other")), theirs());
    // Not of a superuser, and of those who belong to us.
    let admin_of_superuser =
        world().with(OTHER, |other| other.superuser = true).member(OTHER, ME, ADMIN_ONLY, BOOTSTRAP);
    admin_of_superuser.refuses(revoke("group", "user", Some("other")), theirs());
    world().with(ME, |me| me.superuser = true).allows(revoke("group", "user", Some("other")));
}

#[test]
fn what_was_granted_on_stays() {
    let world = || {
        new()
            .member(GROUP, ME, ADMIN, BOOTSTRAP)
            .member(GROUP, USER, ADMIN, ME)
            .member(GROUP, OTHER, MEMBER, USER)
    };
    let on = || Reason::GrantedOn { to: vec![name("other")] };
    world().refuses(revoke("group", "user", None), on());
    let admin_only = Change::RevokeAdminOption { group: name("group"), member: name("user"), grantor: None };
    world().refuses(admin_only, on());
    // It has ADMIN OPTION from elsewhere, too; or what hangs on it goes first.
    world().member(GROUP, USER, ADMIN, BOOTSTRAP).allows(revoke("group", "user", None));
    let of_user = || world().member(USER, ME, ADMIN_ONLY, BOOTSTRAP);
    let changes = [revoke("group", "other", Some("user")), revoke("group", "user", None)];
    assert_eq!(of_user().reasons(&changes), []);
    old()
        .member(GROUP, USER, ADMIN, ME)
        .member(GROUP, OTHER, MEMBER, USER)
        .allows(revoke("group", "user", None));
}

#[test]
fn admin_option_does_not_go_back() {
    let world = || new().member(GROUP, USER, ADMIN, BOOTSTRAP).member(GROUP, ME, ADMIN, USER);
    world().refuses(grant("group", "user", ADMIN), Reason::GrantedBack);
    world().allows(grant("group", "user", MEMBER));
    world().member(GROUP, ME, ADMIN_ONLY, BOOTSTRAP).allows(grant("group", "user", ADMIN));
    new().member(GROUP, ME, ADMIN, BOOTSTRAP).refuses(grant("group", "rdsadmin", ADMIN), Reason::GrantedBack);
}

#[test]
fn privileges_are_the_owners_to_grant() {
    for world in [old, new] {
        let lacking = || Right::GrantOption {
            database: database(),
            owner: Some(name("other")),
            privileges: vec![Privilege::Connect],
        };
        world().lacks(grant_connect("user", false), lacking());
        world().connect(ME, false, OTHER).lacks(grant_connect("user", false), lacking());
        world().connect(ME, true, OTHER).allows(grant_connect("user", true));
        world().owned_by(ME).allows(grant_connect("user", true));
        world().member(OTHER, ME, MEMBER, BOOTSTRAP).allows(grant_connect("user", true));
        let not_inherited = MembershipOptions { inherit: false, ..MEMBER };
        world().member(OTHER, ME, not_inherited, BOOTSTRAP).lacks(grant_connect("user", true), lacking());
        let of_group = || world().connect(GROUP, true, OTHER);
        of_group().member(GROUP, ME, MEMBER, BOOTSTRAP).allows(grant_connect("user", false));
        world().with(ME, |me| me.superuser = true).allows(grant_connect("user", false));
        // Back to the one that it comes from.
        let from_user = || world().connect(USER, true, OTHER).connect(ME, true, USER);
        from_user().refuses(grant_connect("user", true), Reason::GrantedBack);
        from_user().connect(ME, true, OTHER).allows(grant_connect("user", true));
    }
}

#[test]
fn privileges_are_their_grantors_to_revoke() {
    for world in [old, new] {
        let granted = || world().connect(USER, false, OTHER);
        let theirs = || revoke_connect("user", false, Some("other"));
        let without_role = |me: &mut RoleAttributes| me.create_role = false;
        granted().with(ME, without_role).refuses(theirs(), Reason::CannotRevoke { grantor: name("other") });
        granted().with(ME, without_role).member(OTHER, ME, MEMBER, BOOTSTRAP).allows(theirs());
        let used = || world().owned_by(ME).connect(USER, true, ME).connect(OTHER, false, USER);
        let on = || Reason::GrantedOn { to: vec![name("other")] };
        used().refuses(revoke_connect("user", true, None), on());
        used().refuses(revoke_connect("user", false, None), on());
        // By another entry, or by a group that it inherits from, it may still.
        used().connect(USER, true, OTHER).allows(revoke_connect("user", true, None));
        used()
            .connect(GROUP, true, ME)
            .member(GROUP, USER, MEMBER, ME)
            .allows(revoke_connect("user", true, None));
    }
    // Up to 15 CREATEROLE makes one a member of whom it likes; from 16 on ADMIN OPTION does.
    old().connect(USER, false, OTHER).allows(revoke_connect("user", false, Some("other")));
    let reason = Reason::CannotRevoke { grantor: name("other") };
    new().connect(USER, false, OTHER).refuses(revoke_connect("user", false, Some("other")), reason);
}

/// Each statement has one grantor, the first that may grant most of it.
#[test]
fn of_several_who_could_the_server_takes_the_first() {
    // Who can SET ROLE to nobody revokes as itself where it can, and then nothing of what the owner granted.
    let inherits = MembershipOptions { set: false, ..MEMBER };
    let theirs = || revoke_connect("user", false, Some("other"));
    let world = || new().connect(USER, false, OTHER).member(OTHER, ME, inherits, BOOTSTRAP);
    world().allows(theirs());
    world().connect(ME, true, OTHER).refuses(theirs(), Reason::CannotRevoke { grantor: name("other") });
}

#[test]
fn what_the_steps_take_from_oneself_is_gone() {
    let theirs = || revoke_connect("user", false, Some("other"));
    // The way to the owner is through the role itself.
    let world = new().connect(USER, false, OTHER);
    let world = world.member(OTHER, USER, ADMIN, ME).member(USER, ME, MEMBER, BOOTSTRAP);
    assert_eq!(world.reasons(&[theirs()]), []);
    let steps = [revoke("other", "user", None), theirs()];
    assert_eq!(world.reasons(&steps), [Reason::CannotRevoke { grantor: name("other") }]);
    // Up to 15 a membership inherits by the member's INHERIT.
    let world = || old().connect(GROUP, true, OTHER);
    let world = || world().member(GROUP, USER, MEMBER, BOOTSTRAP).member(USER, ME, MEMBER, BOOTSTRAP);
    let grants = |first| world().reasons(&[alter("user", vec![first]), grant_connect("user", false)]);
    assert_eq!(grants(RoleOption::Login(true)), []);
    let right = Right::GrantOption {
        database: database(),
        owner: Some(name("other")),
        privileges: vec![Privilege::Connect],
    };
    assert_eq!(grants(RoleOption::Inherit(false)), [Reason::NoRight(right)]);
}

/// What the server takes without effect is sent again after the other steps.
#[test]
fn what_is_in_vain_at_first_may_be_granted_later() {
    let through = || new().member(USER, ME, MEMBER, BOOTSTRAP).member(GROUP, ME, ADMIN_ONLY, BOOTSTRAP);
    let world = |world: World| world.connect(GROUP, true, OTHER);
    let steps = |option| [grant_connect("user", option), grant("group", "user", MEMBER)];
    // Who has nothing on the database is refused at once.
    assert_eq!(world(through()).reasons(&steps(false)).len(), 1);
    let with_public = || world(through()).connect(0, false, OTHER);
    assert_eq!(with_public().reasons(&steps(false)), []);
    assert_eq!(with_public().reasons(&steps(true)), []);
    // Nobody has the option from the grant that was in vain.
    let alone = || new().member(USER, ME, MEMBER, BOOTSTRAP).member(GROUP, ME, ADMIN_ONLY, BOOTSTRAP);
    assert_eq!(alone().connect(0, false, OTHER).reasons(&steps(true)).len(), 1);
}

#[test]
fn on_rds_a_missing_right_is_not_certain() {
    let world = new().on_rds();
    for change in [
        grant("group", "user", MEMBER),
        comment("user"),
        revoke("group", "user", Some("other")),
        grant_connect("user", false),
    ] {
        let found = obstacles(&world.foresight(), &[change]);
        assert!(found.iter().all(Obstacle::is_right_not_known) && found.len() == 1, "{found:?}");
    }
    world.lacks(grant("rdsadmin", "user", MEMBER), Right::SuperuserFor { role: name("rdsadmin") });
}

#[test]
fn who_is_not_there_is_not_judged() {
    let mut world = new();
    world.roles.retain(|role| role.oid != Oid(ME) && role.oid != Oid(USER));
    let foresight = Foresight::new(
        Catalog::new(world.roles, vec![], vec![], vec![]),
        Server { version: 160_000, user: name("me"), superuser: false },
        Creator::BecomesMember,
    );
    assert_eq!(obstacles(&foresight, &[comment("group")]), []);
}
