//! `docs/` is what `templates/`, `examples/` and the schema's own descriptions come to.
//!
//! `PGUM_UPDATE_DOCS=1 cargo test --test it documentation` writes it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use pgum::provider::Pgum;
use pgum::sdk::provider::{FunctionSignature, Parameter};
use pgum::sdk::schema::{Kind, Nesting, Schema};
use pgum::sdk::{Attribute, Provider as _, Type};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::List(element) => format!("List of {}", type_name(element)),
        Type::Set(element) => format!("Set of {}", type_name(element)),
        Type::Map(element) => format!("Map of {}", type_name(element)),
        Type::Object(_) => "Object".to_owned(),
        Type::Tuple(_) => "Tuple".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
    }
}

fn line(attribute: &Attribute, parent: &str) -> String {
    let mut what = match &attribute.kind {
        Kind::Typed(ty) => type_name(ty),
        Kind::Nested(Nesting::Single, _) => "Attributes".to_owned(),
        Kind::Nested(Nesting::List, _) => "Attributes List".to_owned(),
        Kind::Nested(Nesting::Map, _) => "Attributes Map".to_owned(),
    };
    if attribute.sensitive {
        what.push_str(", Sensitive");
    }
    if attribute.write_only {
        what.push_str(", [Write-only](https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments)");
    }
    let nested = match attribute.kind {
        Kind::Nested(..) => format!(" (see [below](#nestedatt--{parent}{}))", attribute.name),
        Kind::Typed(_) => String::new(),
    };
    format!("- `{}` ({what}) {}{nested}\n", attribute.name, attribute.description)
}

fn attributes(all: &[Attribute], parent: &str, heading: &str, out: &mut String) {
    for (title, belongs) in [
        ("Required", (|a: &Attribute| a.is_required()) as fn(&Attribute) -> bool),
        ("Optional", |a| a.is_optional()),
        ("Read-Only", |a| !a.is_required() && !a.is_optional()),
    ] {
        let mut of_title: Vec<&Attribute> = all.iter().filter(|attribute| belongs(attribute)).collect();
        of_title.sort_by(|one, other| one.name.cmp(&other.name));
        if !of_title.is_empty() {
            let _ = write!(out, "\n{heading} {title}\n\n");
            of_title.iter().for_each(|attribute| out.push_str(&line(attribute, parent)));
        }
    }
    for attribute in all {
        if let Kind::Nested(_, nested) = &attribute.kind {
            let path = format!("{parent}{}", attribute.name);
            let _ = write!(
                out,
                "\n<a id=\"nestedatt--{path}\"></a>\n### Nested Schema for `{}`\n",
                path.replace("--", ".")
            );
            attributes(nested, &format!("{path}--"), "####", out);
        }
    }
}

fn schema_section(schema: &Schema) -> String {
    let mut out = "## Schema\n".to_owned();
    attributes(&schema.attributes, "", "###", &mut out);
    out
}

fn declared(parameter: &Parameter) -> String {
    format!("{} {}", parameter.name, hcl_type(&parameter.ty))
}

fn hcl_type(ty: &Type) -> String {
    match ty {
        Type::List(element) => format!("list of {}", hcl_type(element)),
        other => type_name(other).to_lowercase(),
    }
}

fn signature_section(name: &str, signature: &FunctionSignature) -> String {
    let parameters: Vec<String> = signature.parameters.iter().map(declared).collect();
    format!("```text\n{name}({}) {}\n```", parameters.join(", "), hcl_type(&signature.result))
}

fn arguments_section(signature: &FunctionSignature) -> String {
    let line = |(index, parameter): (usize, &Parameter)| {
        format!(
            "{}. `{}` ({}) {}",
            index + 1,
            parameter.name,
            type_name(&parameter.ty),
            parameter.description
        )
    };
    signature.parameters.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// What a page is about.
enum Subject {
    Block(Schema),
    Function(String, FunctionSignature),
    Guide,
}

fn page(template: &str, subject: &Subject) -> String {
    let mut out = String::new();
    for text in read(&repository().join("templates").join(template)).lines() {
        let directive = text.strip_prefix("{{ ").and_then(|rest| rest.strip_suffix(" }}"));
        match directive.map(|directive| directive.split_once(' ').unwrap_or((directive, ""))) {
            None => out.push_str(text),
            Some(("example", path)) => {
                let language = if path.ends_with(".sh") { "shell" } else { "terraform" };
                let example = read(&repository().join("examples").join(path));
                let _ = write!(out, "```{language}\n{}\n```", example.trim_end());
            }
            Some((word, _)) => out.push_str(&match (subject, word) {
                (Subject::Block(schema), "description") => schema.description.clone(),
                (Subject::Block(schema), "schema") => schema_section(schema).trim_end().to_owned(),
                (Subject::Function(_, signature), "description") => signature.description.clone(),
                (Subject::Function(name, signature), "signature") => signature_section(name, signature),
                (Subject::Function(_, signature), "arguments") => arguments_section(signature),
                (Subject::Guide, word) => crate::drift::page::part(word)
                    .unwrap_or_else(|| panic!("{template}: {word} is no directive here")),
                _ => panic!("{template}: {word} is no directive here"),
            }),
        }
        out.push('\n');
    }
    out
}

/// Every page and its subject.
fn pages() -> Vec<(String, Subject)> {
    let provider = Pgum::new();
    let short = |name: &str| name.strip_prefix("pgum_").expect("a type of pgum's").to_owned();
    let mut pages = vec![("index.md".to_owned(), Subject::Block(provider.schema()))];
    for (name, resource) in provider.resources() {
        pages.push((format!("resources/{}.md", short(&name)), Subject::Block(resource.schema())));
    }
    for (name, resource) in provider.ephemeral_resources() {
        pages.push((format!("ephemeral-resources/{}.md", short(&name)), Subject::Block(resource.schema())));
    }
    for (name, function) in provider.functions() {
        pages.push((format!("functions/{name}.md"), Subject::Function(name, function.signature())));
    }
    for entry in fs::read_dir(repository().join("templates/guides")).expect("the guides") {
        let name = entry.expect("a guide").file_name().into_string().expect("its name");
        pages.push((format!("guides/{name}"), Subject::Guide));
    }
    pages
}

#[test]
fn the_documentation_is_that_of_the_schema() {
    for (path, subject) in pages() {
        let rendered = page(&path, &subject);
        let file = repository().join("docs").join(&path);
        if std::env::var_os("PGUM_UPDATE_DOCS").is_some() {
            fs::create_dir_all(file.parent().expect("a folder")).expect("the folder of the page");
            fs::write(&file, rendered).expect("the page");
        } else {
            assert!(
                read(&file) == rendered,
                "docs/{path} is not up to date: run PGUM_UPDATE_DOCS=1 cargo test --test it documentation"
            );
        }
    }
}

#[test]
fn every_attribute_is_described() {
    fn check(owner: &str, attributes: &[Attribute]) {
        for attribute in attributes {
            let described = attribute.description.trim();
            assert!(described.ends_with('.'), "{owner}.{}: {described:?}", attribute.name);
            if let Kind::Nested(_, nested) = &attribute.kind {
                check(&format!("{owner}.{}", attribute.name), nested);
            }
        }
    }
    let provider = Pgum::new();
    check("provider", &provider.schema().attributes);
    for (name, resource) in provider.resources() {
        check(&name, &resource.schema().attributes);
    }
    for (name, resource) in provider.ephemeral_resources() {
        check(&name, &resource.schema().attributes);
    }
    for (name, function) in provider.functions() {
        let signature = function.signature();
        assert!(signature.description.ends_with('.'), "{name}");
        for parameter in signature.parameters {
            assert!(parameter.description.ends_with('.'), "{name}({})", parameter.name);
        }
    }
}
