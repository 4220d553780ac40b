//! Encrypting into a class, and opening with an aggregate key.

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::{AggregateKey, AggregateOwnerPublic, AggregateParameters, LAYOUT};
use crate::encoding::{DecodeError, Decoder};
use crate::fujisaki_okamoto::{exponent, mask, unmask};
use crate::pairing::{G1, G1Table, G2, PreparedG2, SecretScalar, multi_pairing};
use crate::secret::{AttributeSecret, Secret32};

const EXPONENT_DOMAIN: &str = "MEDSHARE-V01-KAE-FO-DATA";
const MASK_DOMAIN: &str = "medshare/kae/mask/v1";

/// Why something of a class does not open, or cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClassError {
    /// The parameters do not have the class.
    #[error("there is no class {class}; the parameters have classes 1 to {classes}")]
    UnknownClass {
        /// The class.
        class: u16,
        /// How many there are.
        classes: u16,
    },
    /// The key is for other classes.
    #[error("the key does not cover class {class}")]
    NotCovered {
        /// The class.
        class: u16,
    },
    /// Another owner, other parameters, another context, or altered bytes: it does not say which.
    #[error("the file does not open with this key")]
    Wrong,
}

/// An encrypted σ of one class.
///
/// Layout: `u8 1 ‖ u16 class ‖ c1 (48) ‖ c2 (48) ‖ C0 (32)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassCiphertext {
    class: u16,
    c1: G1,
    c2: G1,
    c0: [u8; 32],
}

/// t = H1(σ‖class‖context).
fn class_exponent(sigma: &AttributeSecret, class: u16, context: &[u8]) -> SecretScalar {
    let bound = [class.to_be_bytes().as_slice(), context].concat();
    exponent(EXPONENT_DOMAIN, sigma, &bound)
}

impl AggregateOwnerPublic {
    /// Encrypts a fresh σ into `class`. Anybody can do this for the owner.
    ///
    /// # Errors
    /// When the parameters do not have the class.
    pub fn encrypt(
        &self,
        parameters: &AggregateParameters,
        class: u16,
        context: &[u8],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(ClassCiphertext, AttributeSecret), ClassError> {
        let classes = parameters.classes();
        let unknown = ClassError::UnknownClass { class, classes };
        let power = parameters.g1_power(usize::from(class)).ok_or(unknown)?;
        let base = parameters.kappa_base().ok_or(unknown)?;
        let sigma = AttributeSecret(Secret32::generate(rng));
        let t = class_exponent(&sigma, class, context);
        let kappa = Zeroizing::new(base.pow(t.expose()));
        let kappa = Zeroizing::new(kappa.to_bytes());
        let ciphertext = ClassCiphertext {
            class,
            c1: G1Table::generator().mul(t.expose()),
            c2: (self.v + power) * &t,
            c0: mask(MASK_DOMAIN, &kappa, &sigma),
        };
        Ok((ciphertext, sigma))
    }
}

impl AggregateKey {
    /// Two pairings and |S| additions; then `c1 = g1^t` and `c2 = (v·g1^{α^i})^t` are checked.
    ///
    /// # Errors
    /// When the key does not cover the class, or the check fails.
    pub fn open(
        &self,
        parameters: &AggregateParameters,
        owner: &AggregateOwnerPublic,
        ciphertext: &ClassCiphertext,
        context: &[u8],
    ) -> Result<AttributeSecret, ClassError> {
        let class = ciphertext.class;
        if !self.classes.contains(&class) {
            return Err(ClassError::NotCovered { class });
        }
        let (covered, helper) =
            self.sums(parameters, class).ok_or(ClassError::UnknownClass { class, classes: parameters.classes() })?;
        let (covered, helper) = (PreparedG2::new(&covered), Zeroizing::new(PreparedG2::new(&helper)));
        let kappa = Zeroizing::new(multi_pairing(&[(ciphertext.c2, &covered), (-ciphertext.c1, &*helper)]));
        let kappa = Zeroizing::new(kappa.to_bytes());
        let sigma = unmask(MASK_DOMAIN, &kappa, &ciphertext.c0);
        let t = class_exponent(&sigma, class, context);
        let power = parameters.g1_power(usize::from(class)).ok_or(ClassError::Wrong)?;
        let right = G1Table::generator().mul(t.expose()) == ciphertext.c1 && (owner.v + power) * &t == ciphertext.c2;
        if right { Ok(sigma) } else { Err(ClassError::Wrong) }
    }

    /// `Π_{j∈S} g2^{α^{n+1−j}}` and `K_S·Π_{j∈S, j≠i} g2^{α^{n+1−j+i}}`.
    fn sums(&self, parameters: &AggregateParameters, class: u16) -> Option<(G2, Zeroizing<G2>)> {
        let n = usize::from(parameters.classes());
        let (mut covered, mut helper) = (G2::identity(), self.k.clone());
        for member in &self.classes {
            let index = (n + 1).checked_sub(usize::from(*member))?;
            covered += parameters.g2_power(index)?;
            if *member != class {
                *helper += parameters.g2_power(index + usize::from(class))?;
            }
        }
        Some((covered, helper))
    }
}

impl ClassCiphertext {
    /// The class.
    #[must_use]
    pub fn class(&self) -> u16 {
        self.class
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.class.to_be_bytes());
        bytes.extend_from_slice(&self.c1.to_bytes());
        bytes.extend_from_slice(&self.c2.to_bytes());
        bytes.extend_from_slice(&self.c0);
        bytes
    }

    /// Decodes; the points are checked.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        decoder.tag(LAYOUT, "class ciphertext")?;
        let ciphertext = Self {
            class: decoder.u16("class")?,
            c1: decoder.g1("c1")?,
            c2: decoder.g1("c2")?,
            c0: decoder.array("C0")?,
        };
        decoder.finish()?;
        Ok(ciphertext)
    }
}
