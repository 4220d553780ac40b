//! Entries that say who a requestor is and what she holds.

use super::{same_network, valid_label, within};
use crate::entry::{
    AttributeGrant, AttributeKey, AttributeKeys, Identity, IdentityCard, MAX_ATTRIBUTE_BYTES, MAX_ATTRIBUTE_KEYS,
    MAX_REGISTRATION_BYTES,
};
use crate::facts::{NetworkFacts, is_ascending};
use crate::id::{Label, RequestorId};
use crate::rejection::Rejection;
use crate::request::Request;
use medshare_crypto::abe::{AttributePublic, Registration};
use medshare_crypto::sign::Signature;

pub(super) fn identity(
    identity: &Identity,
    by_organisation: &Signature,
    by_requestor: &Signature,
    facts: &NetworkFacts,
) -> Result<(), Rejection> {
    same_network(identity.network, facts)?;
    valid_label(&identity.role)?;
    let organisation = facts.owner(identity.organisation).ok_or(Rejection::UnknownOwner)?;
    organisation.key.verify(identity, by_organisation).map_err(|_| Rejection::BadOwnerSignature)?;
    identity.key.verify(&IdentityCard(identity), by_requestor).map_err(|_| Rejection::BadRequestorSignature)?;
    Rejection::BadSealingKey.unless(identity.sealing_key.is_usable())
}

pub(super) fn attribute_keys(
    keys: &AttributeKeys,
    signature: &Signature,
    facts: &NetworkFacts,
) -> Result<(), Rejection> {
    same_network(keys.network, facts)?;
    within(keys.keys.len(), MAX_ATTRIBUTE_KEYS)?;
    for key in &keys.keys {
        of_authority(&key.attribute, &keys.authority)?;
        Rejection::ZeroNumber.unless(key.version > 0)?;
    }
    let names = keys.keys.iter().map(|key| &key.attribute).collect::<Vec<_>>();
    Rejection::NotAscending.unless(is_ascending(&names))?;
    let authority = facts.authority(&keys.authority).ok_or(Rejection::UnknownAuthority)?;
    authority.key.verify(keys, signature).map_err(|_| Rejection::BadAuthoritySignature)
}

pub(super) fn attribute_grant(
    grant: &AttributeGrant,
    signature: &Signature,
    facts: &NetworkFacts,
) -> Result<(), Rejection> {
    same_network(grant.network, facts)?;
    of_authority(&grant.attribute, &grant.authority)?;
    Rejection::ZeroNumber.unless(grant.version > 0)?;
    let authority = facts.authority(&grant.authority).ok_or(Rejection::UnknownAuthority)?;
    authority.key.verify(grant, signature).map_err(|_| Rejection::BadAuthoritySignature)
}

/// Whether she is registered is for execution; that nobody else signed shows here.
pub(super) fn request(request: &Request, signature: &Signature, facts: &NetworkFacts) -> Result<(), Rejection> {
    same_network(request.network, facts)?;
    valid_label(&request.dataset)?;
    Rejection::NotAscending.unless(is_ascending(&request.purpose.accepts))?;
    request.check_deadline()?;
    request.key.verify(request, signature).map_err(|_| Rejection::BadRequestorSignature)
}

/// The registration is the requestor's own (its identity is the RID) and its proof holds: else two requestors could combine
/// their keys.
pub(super) fn registration(identity: &Identity) -> Result<(), Rejection> {
    within(identity.registration.len(), MAX_REGISTRATION_BYTES)?;
    let claim = Registration::from_bytes(&identity.registration).map_err(|_| Rejection::BadRegistration)?;
    Rejection::BadRegistration.unless(claim.gid() == RequestorId::of_key(&identity.key).as_bytes())?;
    claim.verify().map(|_| ()).map_err(|_| Rejection::BadRegistration)
}

pub(super) fn attribute_key(key: &AttributeKey) -> Result<(), Rejection> {
    let public = AttributePublic::from_bytes(&key.public).map_err(|_| Rejection::BadAttributeKey)?;
    Rejection::BadAttributeKey.unless(public.attribute().as_str() == key.attribute && public.version() == key.version)
}

/// An attribute is `NAME@AUTHORITY`, both of the label alphabet, with the authority that signs.
fn of_authority(attribute: &str, authority: &Label) -> Result<(), Rejection> {
    within(attribute.len(), MAX_ATTRIBUTE_BYTES)?;
    let (name, of) = attribute.split_once('@').ok_or(Rejection::ForeignAttribute)?;
    Rejection::ForeignAttribute.unless(name.parse::<Label>().is_ok() && of == authority.as_str())
}
