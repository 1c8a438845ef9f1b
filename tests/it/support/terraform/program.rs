//! Which Terraform the tests run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The program, and where it looks for providers that are named without a host.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) is_opentofu: bool,
    /// Whether it keeps private state that a plan has left, and hands it to the plan of the apply (Terraform 1.16).
    pub(crate) stores_planned_private: bool,
}

impl Program {
    /// `PGUM_TEST_TERRAFORM` (a name or a path), else `terraform`, else `tofu`. A test without one fails: it has
    /// seen nothing.
    pub(crate) fn find() -> &'static Program {
        Program::try_find().unwrap_or_else(|message| panic!("{message}"))
    }

    /// As [`Program::find`], for whoever wants to say it in their own way.
    pub(crate) fn try_find() -> Result<&'static Program, String> {
        static PROGRAM: LazyLock<Result<Program, String>> = LazyLock::new(find);
        PROGRAM.as_ref().map_err(Clone::clone)
    }

    /// The provider's full address, as CLI configuration and state name it.
    pub(crate) fn provider_address(&self) -> String {
        format!("{}/pgum/pgum", self.registry())
    }

    pub(crate) fn registry(&self) -> &'static str {
        if self.is_opentofu { "registry.opentofu.org" } else { "registry.terraform.io" }
    }
}

fn find() -> Result<Program, String> {
    let named = std::env::var_os("PGUM_TEST_TERRAFORM");
    let candidates = match &named {
        Some(name) => vec![name.clone()],
        None => vec![OsString::from("terraform"), OsString::from("tofu")],
    };
    for candidate in &candidates {
        let path = resolve(Path::new(candidate));
        if let Ok(output) = Command::new(&path).arg("version").env("CHECKPOINT_DISABLE", "1").output()
            && output.status.success()
        {
            let text = String::from_utf8_lossy(&output.stdout);
            let is_opentofu = text.contains("OpenTofu");
            let stores_planned_private =
                !is_opentofu && minor_version(&text).is_some_and(|minor| minor >= 16);
            return Ok(Program { path, is_opentofu, stores_planned_private });
        }
    }
    Err(match named {
        Some(name) => format!("PGUM_TEST_TERRAFORM is {}, which cannot be run", name.display()),
        None => {
            "neither `terraform` nor `tofu` is in PATH. Install one of them (1.11 or later), or name one in \
                 PGUM_TEST_TERRAFORM"
                .to_owned()
        }
    })
}

/// The number after `Terraform v1.`.
fn minor_version(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("v1.")?;
    rest.split('.').next()?.parse().ok()
}

/// The program's absolute path: the tests start it in another directory, and with another PATH.
fn resolve(name: &Path) -> PathBuf {
    if name.components().count() > 1 {
        return std::path::absolute(name).unwrap_or_else(|_| name.to_owned());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| name.to_owned())
}
