//! Regions, and what the name of an RDS host says.

use std::fmt;

/// A region's name in its own form, such as `eu-west-1`. Whether AWS has one of that name it does not say: new
/// ones come every year.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Region(String);

/// Why a text is no region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRegion(String);

impl fmt::Display for InvalidRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} does not have the form of a region, which reads eu-west-1 or us-gov-east-1", self.0)
    }
}

impl std::error::Error for InvalidRegion {}

/// The prefixes of regions with a partition of their own (botocore's `partitions.json`), longest first.
const PARTITIONS: &[(&str, &str)] = &[
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-iso-", "aws-iso"),
    ("us-gov-", "aws-us-gov"),
    ("eusc-", "aws-eusc"),
    ("cn-", "aws-cn"),
];

/// What names of all partitions end with (botocore's `partitions.json`). A database has no names of its own for
/// IPv6 (`api.aws` and the like are for the services' APIs): the same name has both kinds of addresses.
const DNS_SUFFIXES: &[&str] = &[
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

impl Region {
    /// Reads `eu-west-1`: words with hyphens in between, the last one a number.
    ///
    /// # Errors
    /// Where it has another form, capitals among them.
    pub fn parse(text: &str) -> Result<Region, InvalidRegion> {
        let words: Vec<&str> = text.split('-').collect();
        let is_name = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        match words.as_slice() {
            [names @ .., number]
                if (2..=4).contains(&names.len())
                    && names.iter().all(is_name)
                    && (1..=2).contains(&number.len())
                    && number.bytes().all(|byte| byte.is_ascii_digit())
                    && text.len() <= 40 =>
            {
                Ok(Region(text.to_owned()))
            }
            _ => Err(InvalidRegion(text.to_owned())),
        }
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition that it is in, as ARNs name it.
    pub fn partition(&self) -> &'static str {
        PARTITIONS
            .iter()
            .find(|(prefix, _)| self.0.starts_with(prefix))
            .map_or("aws", |(_, partition)| partition)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an endpoint of RDS leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RdsHostKind {
    /// One instance, of a cluster or on its own.
    Instance,
    /// A cluster's writer.
    Cluster,
    /// A cluster's readers (`cluster-ro-`).
    ClusterReader,
    /// Some of a cluster's instances (`cluster-custom-`).
    ClusterCustom,
    /// The writer of a global database (`global-`), in whichever region that is.
    GlobalWriter,
    /// RDS Proxy.
    Proxy,
    /// A shard group of Aurora Limitless.
    ShardGroup,
}

/// What the name of an endpoint of RDS says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RdsHost {
    /// The region; the name of a global database's writer has none.
    pub region: Option<Region>,
    /// What it leads to.
    pub kind: RdsHostKind,
}

/// What a host's name says, if it is one of RDS's own. Capitals and a dot at the end do not count.
///
/// The forms: `NAME.ID.REGION.rds.SUFFIX`, and `NAME.ID.rds.REGION.SUFFIX` in China, GovCloud and the isolated
/// partitions, some of which have both; `ID` begins with the kind.
pub fn rds_host(host: &str) -> Option<RdsHost> {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let labels: Vec<&str> = DNS_SUFFIXES
        .iter()
        .find_map(|suffix| host.strip_suffix(suffix)?.strip_suffix('.'))?
        .split('.')
        .collect();
    if labels.iter().any(|label| label.is_empty()) {
        return None;
    }
    let (id, region) = match labels.as_slice() {
        [.., id, "global", "rds"] => (id, None),
        [.., id, region, "rds"] | [.., id, "rds", region] => (id, Some(Region::parse(region).ok()?)),
        _ => return None,
    };
    let kind = match () {
        () if region.is_none() => RdsHostKind::GlobalWriter,
        () if id.starts_with("cluster-ro-") => RdsHostKind::ClusterReader,
        () if id.starts_with("cluster-custom-") => RdsHostKind::ClusterCustom,
        () if id.starts_with("cluster-") => RdsHostKind::Cluster,
        () if id.starts_with("proxy-") => RdsHostKind::Proxy,
        () if id.starts_with("shardgrp-") => RdsHostKind::ShardGroup,
        () => RdsHostKind::Instance,
    };
    Some(RdsHost { region, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_host() {
        use RdsHostKind::*;
        for (host, region, kind) in [
            ("db.abc123.eu-west-1.rds.amazonaws.com", "eu-west-1", Instance),
            ("db.cluster-abc123.eu-west-1.rds.amazonaws.com", "eu-west-1", Cluster),
            ("db.cluster-ro-abc123.ap-southeast-2.rds.amazonaws.com", "ap-southeast-2", ClusterReader),
            ("two.cluster-custom-abc123.us-east-1.rds.amazonaws.com", "us-east-1", ClusterCustom),
            ("p.proxy-abc123.us-east-1.rds.amazonaws.com", "us-east-1", Proxy),
            ("extra.endpoint.proxy-abc123.us-east-1.rds.amazonaws.com", "us-east-1", Proxy),
            ("l.shardgrp-abc123.us-west-2.rds.amazonaws.com", "us-west-2", ShardGroup),
            ("db.cluster-abc123.rds.cn-north-1.amazonaws.com.cn", "cn-north-1", Cluster),
            ("db.abc123.rds.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1", Instance),
            ("db.cluster-abc123.cn-north-1.rds.amazonaws.com.cn", "cn-north-1", Cluster),
            ("db.cluster-abc123.rds.us-gov-west-1.amazonaws.com", "us-gov-west-1", Cluster),
            ("db.cluster-abc123.us-gov-west-1.rds.amazonaws.com", "us-gov-west-1", Cluster),
            ("db.proxy-abc123.rds.us-iso-east-1.c2s.ic.gov", "us-iso-east-1", Proxy),
            ("db.cluster-ro-abc123.rds.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1", ClusterReader),
            ("db.abc123.rds.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1", Instance),
            ("db.abc123.rds.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1", Instance),
            ("db.cluster-abc123.eusc-de-east-1.rds.amazonaws.eu", "eusc-de-east-1", Cluster),
            ("DB.Cluster-ABC123.EU-West-1.RDS.amazonaws.com.", "eu-west-1", Cluster),
        ] {
            let found = rds_host(host).unwrap_or_else(|| panic!("{host}"));
            assert_eq!(
                (found.region.as_ref().map(Region::as_str), found.kind),
                (Some(region), kind),
                "{host}"
            );
        }
        let global = rds_host("db.global-abc123.global.rds.amazonaws.com").unwrap();
        assert_eq!(global, RdsHost { region: None, kind: GlobalWriter });
    }

    #[test]
    fn other_hosts() {
        for host in [
            "",
            ".",
            "db.example.com",
            "rds.amazonaws.com",
            "rds.eu-west-1.amazonaws.com",
            "eu-west-1.rds.amazonaws.com",
            "db..eu-west-1.rds.amazonaws.com",
            "db.abc.eu-west-1.rds.amazonaws.com..",
            "db.abc.eu-west-1.rds.amazonaws.com.example.com",
            "db.abc.eu-west-1.rds.notamazonaws.com",
            "db.abc.west.rds.amazonaws.com",
            "bucket.s3.eu-west-1.amazonaws.com",
            "abc.dsql.eu-west-1.on.aws",
            "db.abc.eu-west-1.rds.amazonaws.com:5432",
            "/var/run/postgresql",
            "10.0.0.1",
            "::1",
        ] {
            assert_eq!(rds_host(host), None, "{host}");
        }
    }

    #[test]
    fn forms_of_regions_and_their_partitions() {
        for (region, partition) in [
            ("us-east-1", "aws"),
            ("mx-central-1", "aws"),
            ("eu-west-10", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-east-1", "aws-us-gov"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(Region::parse(region).unwrap().partition(), partition, "{region}");
        }
        for text in [
            "",
            "eu",
            "eu-west",
            "eu-1",
            "EU-WEST-1",
            "eu-west-1a",
            "eu--1",
            "eu-west-1-",
            "aws-global",
            "eu west 1",
        ] {
            assert!(Region::parse(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,60}") {
            let _ = (rds_host(&text), Region::parse(&text));
        }
    }
}
