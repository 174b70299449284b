import { found, refuse } from '../refusal.mjs'

const MOST_RULES = 6

export const protection = {
  'repos/list-deployment-branch-policies': ({ params, view }) => {
    found(view.get('environments', params.environment_name))
    return { list: policiesOf(view, params), render: policyShape, wrap: (items, total) => ({ total_count: total, branch_policies: items }) }
  },
  'repos/create-deployment-branch-policy': ({ params, body, world }) => {
    const environment = found(world.store.head.get('environments', params.environment_name))
    if (environment.branchPolicy?.custom_branch_policies !== true) refuse(404, 'Not Found')
    const { name, type = 'branch' } = body
    const same = policiesOf(world.store.head, params).find((policy) => policy.name === name && policy.type === type)
    if (same !== undefined) return { status: 303, headers: { location: `${world.links.api()}/environments/${encodeURIComponent(environment.id)}/deployment-branch-policies/${same.id}` } }
    const made = { id: world.store.nextId(), environment: environment.id, name, type }
    world.store.put('branchPolicies', made)
    return { status: 200, body: policyShape(made) }
  },
  'repos/get-deployment-branch-policy': ({ params, view }) => ({ status: 200, body: policyShape(policyOf(view, params)) }),
  'repos/update-deployment-branch-policy': ({ params, body, world }) => {
    const { id } = policyOf(world.store.head, params)
    world.store.change('branchPolicies', id, { name: body.name })
    return { status: 200, body: policyShape(world.store.head.get('branchPolicies', id)) }
  },
  'repos/delete-deployment-branch-policy': ({ params, world }) => {
    world.store.remove('branchPolicies', policyOf(world.store.head, params).id)
    return { status: 204 }
  },

  'repos/get-all-deployment-protection-rules': ({ params, view, world }) => {
    found(view.get('environments', params.environment_name))
    const rules = view.by('protectionRules', 'environment', params.environment_name)
    return { status: 200, body: { total_count: rules.length, custom_deployment_protection_rules: rules.map((rule) => ruleShape(world, view, rule)) } }
  },
  'repos/create-deployment-protection-rule': ({ params, body, world }) => {
    const view = world.store.head
    const { id: environment } = found(view.get('environments', params.environment_name))
    const app = view.get('apps', body.integration_id) ?? refuse(422, 'Validation Failed', { errors: [`Integration ${body.integration_id} is not installed on the repository`] })
    const rules = view.by('protectionRules', 'environment', environment)
    if (rules.some((rule) => rule.app === app.id)) refuse(422, 'Validation Failed', { errors: ['The rule is enabled already'] })
    if (rules.length >= MOST_RULES) refuse(422, 'Validation Failed', { errors: [`No more than ${MOST_RULES} rules can be enabled`] })
    const made = { id: world.store.nextId(), environment, app: app.id }
    world.store.put('protectionRules', made)
    return { status: 201, body: ruleShape(world, view, made) }
  },
  'repos/list-custom-deployment-rule-integrations': ({ params, view, world }) => {
    found(view.get('environments', params.environment_name))
    return {
      list: view.all('apps'), render: (app) => appShape(world, app),
      wrap: (items, total) => ({ total_count: total, available_custom_deployment_protection_rule_integrations: items }),
    }
  },
  'repos/get-custom-deployment-protection-rule': ({ params, view, world }) => ({ status: 200, body: ruleShape(world, view, ruleOf(view, params)) }),
  'repos/disable-deployment-protection-rule': ({ params, world }) => {
    world.store.remove('protectionRules', ruleOf(world.store.head, params).id)
    return { status: 204 }
  },
}

function policiesOf(view, { environment_name: name }) {
  return view.by('branchPolicies', 'environment', name)
}

function policyOf(view, params) {
  return found(policiesOf(view, params).find(({ id }) => id === Number(params.branch_policy_id)))
}

function policyShape({ id, name, type }) {
  return { id, node_id: `BP_${id}`, name, type }
}

function ruleOf(view, { environment_name: name, protection_rule_id: id }) {
  return found(view.by('protectionRules', 'environment', name).find((rule) => rule.id === Number(id)))
}

function ruleShape(world, view, { id, app }) {
  return { id, node_id: `PR_${id}`, enabled: true, app: appShape(world, view.get('apps', app)) }
}

function appShape(world, { id, slug }) {
  return { id, node_id: `A_${id}`, slug, integration_url: `${world.base}/apps/${slug}` }
}
