//! Certificates: an authority, and what it issues to servers and clients.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};

/// A certificate authority that exists for one test.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, both PEM.
#[derive(Clone)]
pub(crate) struct Certificate {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Authority {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key for the authority");
        Authority { issuer: CertifiedIssuer::self_signed(params, key).expect("an authority's certificate") }
    }

    /// The authority's own certificate, PEM: what `sslrootcert` takes.
    pub(crate) fn certificate(&self) -> String {
        self.issuer.pem()
    }

    /// A server's certificate for these host names and addresses.
    pub(crate) fn server(&self, names: &[&str]) -> Certificate {
        self.issue(names, names.first().unwrap_or(&"server"), ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A client's certificate; PostgreSQL's `cert` method compares its common name to the user's.
    pub(crate) fn client(&self, common_name: &str) -> Certificate {
        self.issue(&[], common_name, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn issue(&self, names: &[&str], common_name: &str, usage: ExtendedKeyUsagePurpose) -> Certificate {
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let mut params = CertificateParams::new(names).expect("names that a certificate can hold");
        params.distinguished_name = named(common_name);
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Certificate { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}
