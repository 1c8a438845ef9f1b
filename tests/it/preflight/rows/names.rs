//! Names that others have.

use crate::preflight::case::Hand::Superuser;
use crate::preflight::case::Said::Error;
use crate::preflight::case::{ALL, Hand, Row, SIDE, Side, group, user};

const THERE: &[Hand] = &[Superuser("CREATE ROLE user_@")];
const ADMIN: &[Hand] = &[Superuser("GRANT user_@ TO postgres WITH ADMIN OPTION")];

pub(super) const ROWS: &[Row] = &[
    Row {
        versions: ALL,
        fails: Side { written: user!("external"), then: THERE, ..SIDE },
        said: Error("id = \"user_@\""),
        at: "username = ",
        forced: "There is a role \"user_@\" already",
        twin: Side { first: THERE, written: user!("external", "adopt_existing = true"), then: ADMIN, ..SIDE },
    },
    Row {
        versions: ALL,
        fails: Side { written: group!(), then: &[Superuser("CREATE ROLE group_@")], ..SIDE },
        said: Error("to = pgum_group.<name>"),
        at: "name = ",
        forced: "There is a role \"group_@\" already",
        twin: Side { written: group!(), ..SIDE },
    },
    Row {
        versions: ALL,
        fails: Side {
            applied: user!("external"),
            written: "resource \"pgum_user\" \"user_@\" {\n  username = \"taken_@\"\n  auth_method = \"external\"\n}\n",
            then: &[Superuser("GRANT user_@ TO postgres WITH ADMIN OPTION; CREATE ROLE taken_@")],
            ..SIDE
        },
        said: Error("the name \"taken_@\" belongs to another role"),
        at: "username = ",
        forced: "the name \"taken_@\" belongs to another role",
        twin: Side {
            applied: user!("external"),
            written: "resource \"pgum_user\" \"user_@\" {\n  username = \"free_@\"\n  auth_method = \"external\"\n}\n",
            then: ADMIN,
            ..SIDE
        },
    },
    // Two of this run; which of them comes second is Terraform's to say.
    Row {
        versions: ALL,
        fails: Side {
            written: concat!(
                "resource \"pgum_user\" \"one_@\" {\n  username = \"both_@\"\n  auth_method = \"external\"\n}\n",
                "resource \"pgum_user\" \"two_@\" {\n  username = \"both_@\"\n  auth_method = \"external\"\n}\n",
            ),
            ..SIDE
        },
        said: Error("Two resources are for the role \"both_@\""),
        at: "username = ",
        forced: "",
        twin: Side {
            written: concat!(
                "resource \"pgum_user\" \"one_@\" {\n  username = \"one_@\"\n  auth_method = \"external\"\n}\n",
                "resource \"pgum_user\" \"two_@\" {\n  username = \"two_@\"\n  auth_method = \"external\"\n}\n",
            ),
            ..SIDE
        },
    },
];
