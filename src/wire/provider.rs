//! The provider block.

use super::call::Answer;
use super::diagnostics::to_proto;
use super::proto::{
    ClientCapabilities as ProtoCapabilities, configure_provider, stop_provider, validate_provider_config,
};
use super::registry::Registry;
use crate::sdk::resource::ClientCapabilities;
use crate::sdk::{Diagnostic, Diagnostics, Provider};

/// What the client can do; nothing where it does not say.
pub(super) fn capabilities(capabilities: Option<ProtoCapabilities>) -> ClientCapabilities {
    let capabilities = capabilities.unwrap_or_default();
    ClientCapabilities {
        deferral_allowed: capabilities.deferral_allowed,
        write_only_attributes_allowed: capabilities.write_only_attributes_allowed,
    }
}

/// ValidateProviderConfig.
pub(super) async fn validate(
    provider: &dyn Provider,
    registry: &Registry,
    request: validate_provider_config::Request,
) -> Result<validate_provider_config::Response, Diagnostics> {
    let typed = &registry.configuration;
    let config = typed.decode("the provider configuration", request.config.as_ref())?;
    let mut diagnostics = typed.schema.validate(&config, ClientCapabilities::default());
    provider.validate(&config, &mut diagnostics).await;
    Ok(validate_provider_config::Response { diagnostics: to_proto(diagnostics) })
}

/// ConfigureProvider.
pub(super) async fn configure(
    provider: &dyn Provider,
    registry: &Registry,
    request: configure_provider::Request,
) -> Result<configure_provider::Response, Diagnostics> {
    let config = registry.configuration.decode("the provider configuration", request.config.as_ref())?;
    let mut diagnostics = Diagnostics::new();
    let capabilities = capabilities(request.client_capabilities);
    provider.configure(config, &request.terraform_version, capabilities, &mut diagnostics).await;
    Ok(configure_provider::Response { diagnostics: to_proto(diagnostics) })
}

impl Answer for stop_provider::Response {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.error = format!("{}. {}", diagnostic.summary, diagnostic.detail);
    }
}
