//! Why a node could not be asked, in words.

use medshare_lookup::LookupError;
use ureq::Timeout;

/// What went wrong between here and the node, in words.
pub(super) fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => match error.kind() {
            std::io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
            std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::UnexpectedEof => {
                "the connection broke".to_owned()
            }
            // without the system's number
            kind if error.get_ref().is_none() => kind.to_string(),
            _ => error.to_string(),
        },
        ureq::Error::Timeout(Timeout::Resolve) => "no name server answers".to_owned(),
        ureq::Error::Other(error) if error.is::<LookupError>() => error.to_string(),
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        ureq::Error::RequireHttpsOnly(_) => "it points from HTTPS to HTTP, which is not followed".to_owned(),
        ureq::Error::BadUri(said) => said.clone(),
        ureq::Error::Protocol(_) => "what answers there does not speak HTTP".to_owned(),
        other => other.to_string(),
    }
}

/// What is wrong with a certificate; the TLS library has names for it only.
pub(super) fn certificate_fault(error: &ureq::Error) -> Option<String> {
    let said = error.to_string();
    let faults = [
        ("UnknownIssuer", "its certificate is of an authority that is not trusted here; --ca names one that is"),
        ("NotValidForName", "its certificate is for another name than the one in its address"),
        ("CaUsedAsEndEntity", "its certificate is an authority's, which no server can use"),
        ("Expired", "its certificate has expired"),
        ("NotValidYet", "its certificate is not valid yet; check the clock"),
    ];
    faults.iter().find(|(word, _)| said.contains(word)).map(|(_, reason)| (*reason).to_owned())
}
