//! Registers and key files as nobody but the domain's key, or an earlier build, would make them.

use medshare_crypto::keyfile::KeyFile;
use medshare_crypto::kp_abe::DomainSecret;

use crate::binary::Folder;

/// The lines of alice's register.
pub fn lines(folder: &Folder) -> Vec<String> {
    String::from_utf8(folder.read("alice.register")).unwrap().lines().map(str::to_owned).collect()
}

/// The last line with a key that was given out.
pub fn last_holder(folder: &Folder) -> String {
    lines(folder).into_iter().rfind(|line| line.starts_with("holder: ")).unwrap()
}

/// Writes alice's register with these lines, authenticated by her domain's key.
pub fn authenticate(folder: &Folder, lines: impl IntoIterator<Item = String>) {
    let (secret, _) = key_of(folder, "alice.key");
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.starts_with("authentic: ")).collect();
    let mut parts = vec![secret.public().to_bytes()];
    for (name, value) in lines[1..].iter().map(|line| line.split_once(": ").unwrap()) {
        parts.extend([name.as_bytes().to_vec(), hex::decode(value).unwrap()]);
    }
    let code = secret.authenticate(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let code = format!("authentic: {}", hex::encode(code));
    folder.write("alice.register", (lines.join("\n") + "\n") + &code + "\n");
}

/// Makes key file and register of alice's domain what an earlier build would have: nothing in the register is authenticated, nor does it say what is in force.
pub fn as_before(folder: &Folder) {
    let (secret, file) = key_of(folder, "alice.key");
    let of_before = KeyFile::insecure_plaintext("domain", file.public(), &secret.to_bytes()).unwrap();
    folder.write("alice.key", of_before.to_text().as_bytes());
    let of_now = ["authentic: ", "written: ", "in-force: ", "key-at: "];
    let stay = lines(folder).into_iter().filter(|line| !of_now.iter().any(|name| line.starts_with(name)));
    folder.write("alice.register", stay.map(|line| line + "\n").collect::<String>());
}

fn key_of(folder: &Folder, name: &str) -> (DomainSecret, KeyFile) {
    let file = KeyFile::parse(&String::from_utf8(folder.read(name)).unwrap()).unwrap();
    let bytes = file.open("domain", None).unwrap();
    let secret = DomainSecret::from_bytes(&bytes).or_else(|_| DomainSecret::from_bytes(&bytes[..bytes.len() - 16]));
    (secret.unwrap(), file)
}
