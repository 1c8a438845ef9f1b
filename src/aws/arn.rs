//! The ARN that stands for a database user in an IAM policy.
//!
//! Its form (AWS, "Creating and using an IAM policy for IAM database access"):
//! `arn:PARTITION:rds-db:REGION:ACCOUNT:dbuser:RESOURCE-ID/USER`.

use std::fmt;

use super::Region;

/// `arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-ABCDEFGHIJKL01234/app`: who may log in where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectArn(String);

/// A part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `aws` and its siblings.
    Partition,
    /// The cluster's region.
    Region,
    /// The cluster's account.
    AccountId,
    /// The cluster, instance or proxy.
    ResourceId,
    /// The database user.
    Username,
    /// What comes before and between them.
    Form,
}

/// Why there is no such ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidArn {
    /// The part to blame.
    pub part: Part,
    /// What is wrong with it, as a sentence.
    pub why: String,
}

impl fmt::Display for InvalidArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for InvalidArn {}

/// The partitions of AWS (botocore's `partitions.json`).
const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

/// Where a resource id is found.
const WHERE: &str = "Terraform has it as cluster_resource_id of an aws_rds_cluster (cluster-ABC...), as resource_id of an \
                     aws_db_instance (db-ABC...), and, for RDS Proxy, as the last part of the ARN of an aws_db_proxy \
                     (prx-abc...); the console shows it under Configuration";

impl ConnectArn {
    /// The ARN of a user. The resource id and the user may have the wildcards of policies (`*`, `?`).
    ///
    /// # Errors
    /// Where a part does not have its form, or the region is not in the partition.
    pub fn new(
        partition: &str,
        region: &str,
        account_id: &str,
        resource_id: &str,
        username: &str,
    ) -> Result<ConnectArn, InvalidArn> {
        check_partition(partition)?;
        check_region(region, partition)?;
        check_account_id(account_id)?;
        check_resource_id(resource_id)?;
        check_username(username)?;
        Ok(ConnectArn(format!(
            "arn:{partition}:rds-db:{region}:{account_id}:dbuser:{resource_id}/{username}"
        )))
    }

    /// Reads one. Region and account may be `*` as well, which policies allow.
    ///
    /// # Errors
    /// Where it is another kind of ARN, or a part does not have its form.
    pub fn parse(text: &str) -> Result<ConnectArn, InvalidArn> {
        let fields: Vec<&str> = text.splitn(7, ':').collect();
        let ["arn", partition, "rds-db", region, account_id, "dbuser", resource] = fields.as_slice() else {
            return Err(of_form(text));
        };
        let Some((resource_id, username)) = resource.split_once('/') else { return Err(of_form(text)) };
        check_partition(partition)?;
        if *region != "*" {
            check_region(region, partition)?;
        }
        if *account_id != "*" {
            check_account_id(account_id)?;
        }
        check_resource_id(resource_id)?;
        check_username(username)?;
        Ok(ConnectArn(text.to_owned()))
    }

    /// The ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn invalid(part: Part, why: impl Into<String>) -> InvalidArn {
    InvalidArn { part, why: why.into() }
}

fn of_form(text: &str) -> InvalidArn {
    let what = if text.starts_with("arn:") && text.contains(":rds:") {
        " This one is the ARN of the database itself, which a policy for rds-db:connect does not name."
    } else {
        ""
    };
    invalid(
        Part::Form,
        format!(
            "{text:?} is no ARN of a database user, which reads \
             arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-ABCDEFGHIJKL01234/app.{what}"
        ),
    )
}

fn check_partition(partition: &str) -> Result<(), InvalidArn> {
    if PARTITIONS.contains(&partition) {
        return Ok(());
    }
    let known = PARTITIONS.join(", ");
    Err(invalid(Part::Partition, format!("{partition:?} is no partition of AWS. They are {known}.")))
}

fn check_region(region: &str, partition: &str) -> Result<(), InvalidArn> {
    let region = Region::parse(region).map_err(|error| invalid(Part::Region, format!("{error}.")))?;
    if region.partition() == partition {
        return Ok(());
    }
    let its = region.partition();
    Err(invalid(
        Part::Region,
        format!("The region {region} is in the partition {its:?}, not in {partition:?}."),
    ))
}

fn check_account_id(account_id: &str) -> Result<(), InvalidArn> {
    if account_id.len() == 12 && account_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let zeros = if account_id.len() < 12 && account_id.bytes().all(|byte| byte.is_ascii_digit()) {
        " Zeros at its beginning count: write it as text, in quotes."
    } else {
        ""
    };
    Err(invalid(
        Part::AccountId,
        format!("{account_id:?} is no id of an account, which is 12 digits without hyphens.{zeros}"),
    ))
}

/// Those of clusters and instances are in capitals, which tells them from the lower-case ids in the names of
/// endpoints; those of proxies are in small letters.
fn check_resource_id(resource_id: &str) -> Result<(), InvalidArn> {
    let is_wildcard = |byte: &u8| matches!(byte, b'*' | b'?');
    let consists_of = |text: &str, letter: fn(&u8) -> bool| {
        let allowed = |byte: u8| byte.is_ascii_digit() || is_wildcard(&byte) || letter(&byte);
        !text.is_empty() && text.bytes().all(allowed)
    };
    let of_kind =
        |prefix: &str, letter| resource_id.strip_prefix(prefix).is_some_and(|id| consists_of(id, letter));
    if resource_id == "*"
        || of_kind("cluster-", u8::is_ascii_uppercase)
        || of_kind("db-", u8::is_ascii_uppercase)
        || of_kind("prx-", u8::is_ascii_lowercase)
    {
        return Ok(());
    }
    let given = match resource_id {
        "" => "It is empty".to_owned(),
        arn if arn.starts_with("arn:") => format!("{arn:?} is an ARN"),
        host if host.contains('.') => format!("{host:?} is the name of a host"),
        other => format!("{other:?} looks like a name of the cluster or a part of its endpoint"),
    };
    Err(invalid(
        Part::ResourceId,
        format!("{given}, and the resource id is wanted, which never changes, or *. {WHERE}."),
    ))
}

fn check_username(username: &str) -> Result<(), InvalidArn> {
    match username {
        "" => Err(invalid(Part::Username, "It is empty. Write * for every user.")),
        text if text.chars().any(char::is_control) => {
            Err(invalid(Part::Username, format!("{text:?} has characters that an ARN cannot hold.")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "123456789012";
    const CLUSTER: &str = "cluster-ABCDEFGHIJKL01234";

    #[test]
    fn the_published_examples() {
        // From "Creating and using an IAM policy for IAM database access" of the Aurora User Guide.
        for (region, account, resource, user, arn) in [
            (
                "us-east-2",
                "123456789012",
                "cluster-ABCDEFGHIJKL01234",
                "db_user",
                "arn:aws:rds-db:us-east-2:123456789012:dbuser:cluster-ABCDEFGHIJKL01234/db_user",
            ),
            (
                "us-east-2",
                "123456789012",
                "db-ABCDEFGHIJKL01234",
                "*",
                "arn:aws:rds-db:us-east-2:123456789012:dbuser:db-ABCDEFGHIJKL01234/*",
            ),
            (
                "us-east-2",
                "123456789012",
                "*",
                "db_user",
                "arn:aws:rds-db:us-east-2:123456789012:dbuser:*/db_user",
            ),
            (
                "us-east-2",
                "123456789012",
                "prx-0123456789abcdef0",
                "db_user",
                "arn:aws:rds-db:us-east-2:123456789012:dbuser:prx-0123456789abcdef0/db_user",
            ),
        ] {
            let made = ConnectArn::new("aws", region, account, resource, user).unwrap();
            assert_eq!(made.as_str(), arn);
            assert_eq!(ConnectArn::parse(arn).unwrap(), made);
        }
    }

    #[test]
    fn every_partition_has_its_regions() {
        for (partition, region) in [
            ("aws", "eu-west-1"),
            ("aws-cn", "cn-north-1"),
            ("aws-us-gov", "us-gov-west-1"),
            ("aws-iso", "us-iso-east-1"),
            ("aws-iso-b", "us-isob-east-1"),
            ("aws-iso-e", "eu-isoe-west-1"),
            ("aws-iso-f", "us-isof-south-1"),
            ("aws-eusc", "eusc-de-east-1"),
        ] {
            assert!(ConnectArn::new(partition, region, ACCOUNT, CLUSTER, "app").is_ok(), "{partition}");
            for other in PARTITIONS.iter().filter(|other| **other != partition) {
                let error = ConnectArn::new(other, region, ACCOUNT, CLUSTER, "app").unwrap_err();
                assert_eq!(error.part, Part::Region);
                assert!(error.why.contains(partition) && error.why.contains(other), "{error}");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_blamed_on_its_part() {
        for (partition, region, account, resource, user, part, said) in [
            ("amazon", "eu-west-1", ACCOUNT, CLUSTER, "app", Part::Partition, "aws-us-gov"),
            ("", "eu-west-1", ACCOUNT, CLUSTER, "app", Part::Partition, "aws-us-gov"),
            ("aws", "Ireland", ACCOUNT, CLUSTER, "app", Part::Region, "form of a region"),
            ("aws", "*", ACCOUNT, CLUSTER, "app", Part::Region, "form of a region"),
            ("aws", "eu-west-1", "1234-5678-9012", CLUSTER, "app", Part::AccountId, "without hyphens"),
            ("aws", "eu-west-1", "12345678901", CLUSTER, "app", Part::AccountId, "Zeros"),
            ("aws", "eu-west-1", "", CLUSTER, "app", Part::AccountId, "12 digits"),
            ("aws", "eu-west-1", ACCOUNT, "my-cluster", "app", Part::ResourceId, "cluster_resource_id"),
            ("aws", "eu-west-1", ACCOUNT, "cluster-abc123", "app", Part::ResourceId, "endpoint"),
            ("aws", "eu-west-1", ACCOUNT, "cluster-", "app", Part::ResourceId, "cluster_resource_id"),
            (
                "aws",
                "eu-west-1",
                ACCOUNT,
                "db.cluster-abc.eu-west-1.rds.amazonaws.com",
                "app",
                Part::ResourceId,
                "host",
            ),
            (
                "aws",
                "eu-west-1",
                ACCOUNT,
                "arn:aws:rds:eu-west-1:123456789012:cluster:db",
                "app",
                Part::ResourceId,
                "is an ARN",
            ),
            ("aws", "eu-west-1", ACCOUNT, "", "app", Part::ResourceId, "empty"),
            ("aws", "eu-west-1", ACCOUNT, "PRX-0123", "app", Part::ResourceId, "aws_db_proxy"),
            ("aws", "eu-west-1", ACCOUNT, CLUSTER, "", Part::Username, "empty"),
            ("aws", "eu-west-1", ACCOUNT, CLUSTER, "a\nb", Part::Username, "cannot hold"),
        ] {
            let error = ConnectArn::new(partition, region, account, resource, user).unwrap_err();
            assert_eq!(error.part, part, "{error}");
            assert!(error.why.contains(said), "{error}");
        }
    }

    #[test]
    fn only_arns_of_database_users_are_read() {
        for arn in [
            "arn:aws:rds-db:*:*:dbuser:*/*",
            "arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-*/team_?",
            "arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-ABC/a/b:c@d é",
        ] {
            assert_eq!(ConnectArn::parse(arn).unwrap().as_str(), arn);
        }
        for (arn, part) in [
            ("", Part::Form),
            ("*", Part::Form),
            ("arn:aws:rds:eu-west-1:123456789012:cluster:db", Part::Form),
            ("arn:aws:iam::123456789012:role/x", Part::Form),
            ("arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-ABC", Part::Form),
            ("arn:aws:rds-db:eu-west-1:123456789012:cluster-ABC/x", Part::Form),
            ("arn:aws-cn:rds-db:eu-west-1:123456789012:dbuser:cluster-ABC/x", Part::Region),
            ("arn:aws:rds-db:eu-west-1:1:dbuser:cluster-ABC/x", Part::AccountId),
            ("arn:aws:rds-db:eu-west-1:123456789012:dbuser:db/x", Part::ResourceId),
            ("arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-ABC/", Part::Username),
        ] {
            assert_eq!(ConnectArn::parse(arn).unwrap_err().part, part, "{arn}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_stays_as_it_is(text in "(arn:aws:rds-db:)?\\PC{0,60}") {
            if let Ok(arn) = ConnectArn::parse(&text) {
                assert_eq!(arn.as_str(), text);
            }
        }

        #[test]
        fn what_is_made_can_be_read(user in "[^\\p{C}]{1,63}", id in "[A-Z0-9]{1,30}") {
            let made = ConnectArn::new("aws", "eu-west-1", ACCOUNT, &format!("cluster-{id}"), &user).unwrap();
            assert_eq!(ConnectArn::parse(made.as_str()).unwrap(), made);
        }
    }
}
