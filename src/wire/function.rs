//! Functions. They know no diagnostics: a call fails with one text, perhaps for one argument.

use std::collections::HashMap;

use super::call::Answer;
use super::codec::{self, types};
use super::diagnostics::{undecodable, unencodable};
use super::proto::function::{Parameter as ProtoParameter, Return};
use super::proto::{
    Function as ProtoFunction, FunctionError as ProtoError, StringKind, call_function, get_functions,
};
use super::registry::{DeclaredFunction, Registry, undeclared};
use crate::sdk::provider::{FunctionError, Parameter};
use crate::sdk::{Diagnostic, Diagnostics, Value};

/// GetFunctions.
pub(super) fn get_functions(registry: &Registry) -> Result<get_functions::Response, Diagnostics> {
    Ok(get_functions::Response { functions: declarations(registry), diagnostics: Vec::new() })
}

/// All functions, as GetProviderSchema has them too.
pub(super) fn declarations(registry: &Registry) -> HashMap<String, ProtoFunction> {
    registry.functions.iter().map(|(name, it)| (name.clone(), declaration(it))).collect()
}

fn declaration(declared: &DeclaredFunction) -> ProtoFunction {
    let signature = &declared.signature;
    ProtoFunction {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(Return { r#type: types::encode(&signature.result) }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: StringKind::Markdown.into(),
        deprecation_message: String::new(),
    }
}

fn parameter(parameter: &Parameter) -> ProtoParameter {
    ProtoParameter {
        name: parameter.name.clone(),
        r#type: types::encode(&parameter.ty),
        allow_null_value: parameter.allow_null,
        // With an unknown argument the result is unknown, and the function is not called.
        allow_unknown_values: false,
        description: parameter.description.clone(),
        description_kind: StringKind::Markdown.into(),
    }
}

/// CallFunction.
pub(super) async fn call(
    registry: &Registry,
    request: call_function::Request,
) -> Result<call_function::Response, Diagnostics> {
    let declared = registry
        .functions
        .get(&request.name)
        .ok_or_else(|| Diagnostics::from(undeclared("function", &request.name)))?;
    let arguments = match arguments(declared, &request) {
        Ok(arguments) => arguments,
        Err(error) => return Ok(failed(error)),
    };
    match declared.function.call(arguments).await {
        Ok(result) => {
            let result = codec::encode(&result, &declared.signature.result)
                .map_err(|error| unencodable("a result", &error))?;
            Ok(call_function::Response { result: Some(result), error: None })
        }
        Err(error) => Ok(failed(error)),
    }
}

fn arguments(
    declared: &DeclaredFunction,
    request: &call_function::Request,
) -> Result<Vec<Value>, FunctionError> {
    let signature = &declared.signature;
    let (given, wanted) = (request.arguments.len(), signature.parameters.len());
    if given < wanted || (given > wanted && signature.variadic.is_none()) {
        let text = format!("{} takes {wanted} arguments, not {given}.", request.name);
        return Err(FunctionError { text, argument: None });
    }
    let parameters = signature.parameters.iter().chain(signature.variadic.iter().cycle());
    let decode = |(index, (encoded, parameter)): (usize, (_, &Parameter))| {
        codec::decode(Some(encoded), &parameter.ty).map_err(|error| FunctionError {
            text: undecodable(&format!("the argument {}", parameter.name), &error).detail,
            argument: i64::try_from(index).ok(),
        })
    };
    request.arguments.iter().zip(parameters).enumerate().map(decode).collect()
}

fn failed(error: FunctionError) -> call_function::Response {
    let error = ProtoError { text: unended(error.text), function_argument: error.argument };
    call_function::Response { result: None, error: Some(error) }
}

/// Terraform makes a sentence of the text and ends it: `Invalid value for "arns" parameter: TEXT.` (HCL's
/// `FunctionCallExpr`)
fn unended(mut text: String) -> String {
    if text.ends_with('.') {
        text.pop();
    }
    text
}

impl Answer for call_function::Response {
    fn report(&mut self, diagnostic: Diagnostic) {
        let text = format!("{}. {}", diagnostic.summary, diagnostic.detail);
        self.error = Some(ProtoError { text: unended(text), function_argument: None });
    }
}
