const id=7130,ids=[7130],modules={28365:((__unused_webpack___webpack_module__,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{Ik:()=>object,Jt:()=>flag,Qq:()=>text,ai:()=>number,g1:()=>record,g7:()=>decodeText,lq:()=>optional,p_:()=>list,yL:()=>oneOf});function wrong(at,expected,value){return new TypeError(`\`${at}\` should be ${expected} and is ${value===null?"null":typeof value}`)}const text=(value,at)=>{if(typeof value!="string")throw wrong(at,"a text",value);return value},number=(value,at)=>{if(typeof value!="number"||!Number.isFinite(value))throw wrong(at,"a number",value);return value},flag=(value,at)=>{if(typeof value!="boolean")throw wrong(at,"true or false",value);return value};function oneOf(...choices){return(value,at)=>{const found=choices.find(choice=>choice===value);if(found===void 0)throw wrong(at,`one of ${choices.join(", ")}`,value);return found}}function list(item){return(value,at)=>{if(!Array.isArray(value))throw wrong(at,"a list",value);return value.map((entry,index)=>item(entry,`${at}[${index}]`))}}function record(item){return(value,at)=>Object.fromEntries(entriesOf(value,at).map(([key,entry])=>[key,item(entry,`${at}.${key}`)]))}function optional(item){return(value,at)=>value===void 0?void 0:item(value,at)}function object(fields){return(value,at)=>{const given=Object.fromEntries(entriesOf(value,at)),found={};for(const[key,decode]of Object.entries(fields)){const entry=decode(given[key],`${at}.${key}`);entry!==void 0&&(found[key]=entry)}return found}}function entriesOf(value,at){if(typeof value!="object"||value===null||Array.isArray(value))throw wrong(at,"an object",value);return Object.entries(value)}function decodeText(decode,source,name){let value;try{value=JSON.parse(source)}catch{throw new TypeError(`\`${name}\` is not JSON: "${source.slice(0,80)}"`)}return decode(value,name)}}),23419:((__unused_webpack___webpack_module__,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{kq:()=>INSTANCE_HEADER,nl:()=>PROTOCOL,R4:()=>decodeCard,iF:()=>decodeCounters,E3:()=>decodeDiagnosis,lx:()=>decodeFailure,t8:()=>decodeFault,fq:()=>decodeObserved,fI:()=>decodePastList,aN:()=>decodePlaced,o1:()=>decodeRelease,Lm:()=>decodeTaskResult,g7:()=>decode.g7,IP:()=>decodeVitals,C8:()=>latency_bounds.C,An:()=>localPlaces});var decode=__webpack_require__(28365);function localPlaces(state,environment){const folder=`${state}/local/${encodeURIComponent(environment).replaceAll(".","%2E")}`;return{folder,state:`${folder}/state.json`,card:`${folder}/server.json`,failure:`${folder}/failure.json`,log:`${folder}/server.log`,events:`${folder}/events.jsonl`,releases:`${folder}/releases`,instances:`${folder}/instances`,socket:`${folder}/control.sock`,lock:`${folder}/lock`}}const INSTANCE_HEADER="x-ecluse-instance",decodeRelease=(0,decode.Ik)({app:decode.Qq,version:decode.Qq,commit:decode.Qq,images:(0,decode.g1)(decode.Qq),serving:decode.Qq,settings:(0,decode.g1)(decode.Qq),settingsHash:decode.Qq}),decodePast=(0,decode.Ik)({id:decode.Qq,release:decodeRelease,servedAt:decode.ai});var latency_bounds=__webpack_require__(22719);const PROTOCOL=1,decodeOptions=(0,decode.Ik)({port:decode.ai,sticky:decode.Jt,drainMs:decode.ai,keep:decode.ai,healthPath:decode.Qq,metricsPort:(0,decode.lq)(decode.ai)}),decodeCounters=(0,decode.Ik)({at:decode.ai,weight:decode.ai,arms:(0,decode.p_)((0,decode.Ik)({arm:(0,decode.yL)("stable","candidate"),instance:decode.Qq,version:decode.Qq,requests:decode.ai,errors:decode.ai,aborted:decode.ai,retried:decode.ai,latency:(0,decode.p_)(decode.ai),latencySumMs:decode.ai}))}),running=(0,decode.Ik)({release:decodeRelease,id:decode.Qq,healthy:decode.Jt,url:(0,decode.lq)(decode.Qq)}),decodeCard=(0,decode.Ik)({protocol:decode.ai,pid:decode.ai,started:decode.Qq,socket:decode.Qq,port:decode.ai}),decodeFault=(0,decode.Ik)({code:decode.Qq,message:decode.Qq,fix:(0,decode.lq)(decode.Qq)}),decodeFailure=(0,decode.Ik)({code:decode.Qq,message:decode.Qq,fix:(0,decode.lq)(decode.Qq),pid:decode.ai}),decodePlaced=(0,decode.Ik)({id:decode.Qq,stable:(0,decode.lq)(decode.Qq),stableId:(0,decode.lq)(decode.Qq)}),decodePastList=(0,decode.Ik)({releases:(0,decode.p_)(decodePast)}),decodeObserved=(0,decode.Ik)({stable:(0,decode.lq)(running),candidate:(0,decode.lq)(running),weight:decode.ai,returnsAt:(0,decode.lq)(decode.ai),unmanaged:(0,decode.lq)((0,decode.p_)(decode.Qq))}),decodeTaskResult=(0,decode.Ik)({exitCode:(0,decode.lq)(decode.ai),timedOut:decode.Jt,lastLines:(0,decode.p_)(decode.Qq)}),decodeDiagnosis=(0,decode.Ik)({stopReasons:(0,decode.p_)(decode.Qq),events:(0,decode.p_)((0,decode.Ik)({at:decode.ai,text:decode.Qq})),lastLines:(0,decode.p_)(decode.Qq)}),decodeVitals=(0,decode.Ik)({instances:(0,decode.p_)((0,decode.Ik)({version:decode.Qq,instance:decode.Qq,restarts:decode.ai,outOfMemory:(0,decode.lq)(decode.ai),memoryBytes:(0,decode.lq)(decode.ai)}))}),nothing=()=>({}),percent=(value,at)=>{const weight=(0,decode.ai)(value,at);if(!Number.isInteger(weight)||weight<0||weight>100)throw new TypeError(`\`${at}\` should be a whole number from 0 to 100 and is ${weight}`);return weight},decodeRequest={observe:nothing,configure:(0,decode.Ik)({options:decodeOptions}),launch:(0,decode.Ik)({release:decodeRelease,healthyWithinMs:decode.ai}),shift:(0,decode.Ik)({weight:percent}),promote:nothing,abandon:nothing,releases:nothing,restore:(0,decode.Ik)({id:decode.Qq}),task:(0,decode.Ik)({release:decodeRelease,task:(0,decode.Ik)({name:decode.Qq,argv:(0,decode.p_)(decode.Qq),env:(0,decode.g1)(decode.Qq),timeoutMs:decode.ai})}),"return-at":(0,decode.Ik)({deadline:decode.ai}),diagnose:(0,decode.Ik)({since:decode.ai}),counters:nothing,vitals:(0,decode.Ik)({since:decode.ai,memory:decode.Jt}),stop:nothing,"hand-over":nothing};function isControlVerb(name){return Object.hasOwn(decodeRequest,name)}}),39633:((__unused_webpack___webpack_module__,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{O7:()=>parsePublished,dW:()=>urlOnHost,sW:()=>isPort,wF:()=>portsClash});const PUBLISHED=/^(?:(?:(?<ipv4>\d{1,3}(?:\.\d{1,3}){3})|\[(?<ipv6>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\]):)?(?<port>\d{1,5})$/;function parsePublished(written){const{ipv4,ipv6,port}=PUBLISHED.exec(written)?.groups??{};if(port===void 0||!isPort(Number(port))||ipv4?.split(".").some(part=>Number(part)>255)===!0)return;const address=ipv4??ipv6;return{port:Number(port),...address===void 0?{}:{address}}}function portsClash(one,other){const all=({address},like)=>address===void 0||address==="0.0.0.0"&&like.address?.includes(":")!==!0||address==="::"&&like.address?.includes(".")!==!0;return one.port===other.port&&(one.address===other.address||all(one,other)||all(other,one))}function urlOnHost({address="127.0.0.1",port}){const there=address==="0.0.0.0"?"127.0.0.1":address==="::"?"::1":address;return`http://${there.includes(":")?`[${there}]`:there}${port===80?"":`:${port}`}`}function isPort(port){return port>=1&&port<=65535}}),87130:((__unused_webpack___webpack_module__,__webpack_exports__,__webpack_require__)=>{__webpack_require__.d(__webpack_exports__,{composePlatform:()=>composePlatform});var edge_control=__webpack_require__(72143),domain_release=__webpack_require__(91790),families=__webpack_require__(13174);function together(hosts){const[first]=hosts;if(first===void 0)return{weight:0};if(hosts.length===1)return first;const candidate=candidateOf(hosts),stable=stableOf(hosts,candidate?.release),unmanaged=hosts.flatMap(host=>host.unmanaged??[]),returns=hosts.flatMap(({returnsAt})=>returnsAt===void 0?[]:[returnsAt]);return{...stable===void 0?{}:{stable},...candidate===void 0?{}:{candidate},weight:Math.max(...hosts.map(host=>candidate!==void 0&&isStable(host,candidate.release)?100:host.weight)),...unmanaged.length===0?{}:{unmanaged},...returns.length===0?{}:{returnsAt:Math.min(...returns)}}}function isStable({stable},release){return stable!==void 0&&(0,domain_release.OW)(stable.release,release)}function candidateOf(hosts){const one=hosts.find(({candidate})=>candidate!==void 0)?.candidate??halfPromoted(hosts);if(one===void 0)return;const found=hosts.map(host=>isStable(host,one.release)?host.stable:host.candidate);return{...one,healthy:found.every(running2=>running2!==void 0&&running2.healthy&&(0,domain_release.OW)(running2.release,one.release))}}function halfPromoted(hosts){const last=hosts.at(-1)?.stable;return last===void 0?hosts.find(({stable})=>stable!==void 0)?.stable:hosts.find(host=>!isStable(host,last.release))?.stable}function stableOf(hosts,candidate){const one=hosts.flatMap(({stable})=>stable===void 0||candidate!==void 0&&(0,domain_release.OW)(stable.release,candidate)?[]:[stable]).at(-1)??hosts.at(-1)?.stable;if(one!==void 0)return{...one,healthy:hosts.every(host=>isStable(host,one.release)?host.stable?.healthy===!0:candidate!==void 0&&isStable(host,candidate))}}function everywhere(hosts){const[first=[],...others]=hosts;return first.filter(({release})=>others.every(past=>past.some(one=>(0,domain_release.OW)(one.release,release))))}function literalOf(value){return typeof value=="string"?unescaped(value):typeof value=="number"||typeof value=="boolean"?value:Array.isArray(value)?value.map(literalOf):typeof value!="object"||value===null?null:Object.fromEntries(Object.entries(value).map(([key,entry])=>[unescaped(key),literalOf(entry)]))}function writtenOf(value){return typeof value=="string"?escaped(value):isList(value)?value.map(writtenOf):isFields(value)?Object.fromEntries(Object.entries(value).map(([key,entry])=>[key,writtenOf(entry)])):value}function escaped(text){return text.replaceAll("$","$$$$")}function unescaped(text){return text.replaceAll("$$","$")}function isFields(value){return typeof value=="object"&&value!==null&&!isList(value)}function isList(value){return Array.isArray(value)}function fieldsOf(value){return isFields(value)?value:{}}function listOf(value){return isList(value)?value:[]}function textsOf(value){return listOf(value).filter(entry=>typeof entry=="string")}function textOf(value){return typeof value=="string"?value:void 0}function without(fields,keys){return Object.fromEntries(Object.entries(fields).filter(([key])=>!keys.includes(key)))}const DROPPED=["build","container_name","depends_on","deploy","develop","env_file","environment","extends","image","label_file","labels","links","mac_address","networks","ports","profiles","pull_policy","restart","scale"],FRONT_LABELS=/^(?:traefik|caddy)(?:[._]|$)/,FRONT_VARIABLES=/^(?:VIRTUAL_|LETSENCRYPT_)/;function ownService(definition,{image,environment,labels}){const resources=fieldsOf(definition.deploy).resources;return{...fieldsOf(writtenOf(without(definition,DROPPED))),image,environment,labels:{...fieldsOf(writtenOf(kept(definition.labels,FRONT_LABELS))),...fieldsOf(writtenOf(labels))},restart:"always",...resources===void 0?{}:{deploy:{resources:writtenOf(resources)}}}}const VARIABLE=/^[A-Za-z_]\w*$/;function ownEnvironment(definition,{release,secretSettings,own}){const odd=Object.entries(secretSettings).filter(([,variable])=>!VARIABLE.test(variable)),[first,...others]=odd.map(([name,variable])=>({code:"input-invalid",message:`Secret setting \`${name}\` is to come from "${variable}", which is no name of a variable.`}));if(first!==void 0)throw new families.dz([first,...others]);const secrets=Object.entries(secretSettings).map(([name,variable])=>[name,`\${${variable}?secret setting ${name}}`]);return{...fieldsOf(writtenOf(kept(definition.environment,FRONT_VARIABLES))),...fieldsOf(writtenOf(release.settings)),...Object.fromEntries(secrets),...fieldsOf(writtenOf(own))}}function kept(value,front){return Object.fromEntries(Object.entries(fieldsOf(value)).filter(([key])=>!front.test(key)))}function frontMarks(definition){const pairs=(value,front)=>Object.entries(fieldsOf(value)).flatMap(([key,entry])=>front.test(key)&&typeof entry=="string"?[`${key}=${entry}`]:[]);return{labels:pairs(definition.labels,FRONT_LABELS),variables:pairs(definition.environment,FRONT_VARIABLES)}}function ownNetworks(definition,networks){const all=fieldsOf(definition.networks),fixed=["aliases","ipv4_address","ipv6_address","link_local_ips","mac_address"];return Object.fromEntries(networks.map(({key})=>{const entry=all[key],rest=isFields(entry)?without(entry,fixed):{};return[key,Object.keys(rest).length===0?null:writtenOf(rest)]}))}function surroundingsOf({model},service,used){const external=all=>Object.fromEntries(all.map(({key,name})=>[key,{external:!0,name:escaped(name)}])),picked=(references,all)=>{const sources=new Set(listOf(references).map(entry=>textOf(fieldsOf(entry).source)));return fieldsOf(writtenOf(Object.fromEntries(Object.entries(all).filter(([key])=>sources.has(key)))))},parts={networks:external(used.networks),volumes:external(used.volumes),secrets:picked(service.secrets,model.secrets),configs:picked(service.configs,model.configs)};return Object.fromEntries(Object.entries(parts).filter(([,part])=>Object.keys(part).length>0))}function instanceDocument({stack,release,instance,scope,environment,secretSettings}){const{definition}=stack,service={...ownService(definition,{image:(0,domain_release.CC)(release),environment:ownEnvironment(definition,{release,secretSettings,own:{ECLUSE_VERSION:release.version,ECLUSE_INSTANCE:instance,ECLUSE_ENVIRONMENT:environment}}),labels:{...releaseLabels(scope,release),"ecluse.role":"release","ecluse.instance":instance,"ecluse.service":stack.service}}),networks:ownNetworks(definition,stack.networks)},services=Object.fromEntries(stack.containersOf(scope,instance).map(name=>[name,{...service,container_name:name}]));return textOfDocument(services,surroundingsOf(stack,definition,stack))}function containersOf(scope,instance,replicas){return Array.from({length:replicas},(_,index)=>`ecluse-${scope}-${instance}-${index+1}`)}function releaseLabels(scope,release){return{"ecluse.scope":scope,"ecluse.version":release.version,"ecluse.release":JSON.stringify(release)}}function textOfDocument(services,surroundings){return`${JSON.stringify({services,...surroundings},void 0,1)}
`}var external_node_crypto_=__webpack_require__(77598);const PLAIN=80;function edgeCalls({scope,stack,options,setup}){const name=(0,edge_control.fU)(scope),[first,...others]=stack.networks,{labels,variables}=frontMarks(stack.definition),made=[...["--user","0:0","--read-only","--cap-drop","ALL","--cap-add","NET_BIND_SERVICE","--security-opt","no-new-privileges","--log-driver","json-file","--log-opt","max-size=10m","--log-opt","max-file=3","--restart","always","--stop-signal","SIGUSR1","--stop-timeout",String(Math.ceil(options.drainMs/1e3)+5)],"--volume",`${name}:${edge_control.qw.folder}`,...certificate(options,setup),...first===void 0?[]:["--network",first.name,...names(stack,first).flatMap(alias=>["--network-alias",alias]),...addresses(first)],...stack.published.flatMap(published=>["--publish",publication(published,stack.published.length,setup)]),...labels.flatMap(label=>["--label",label]),...variables.flatMap(variable=>["--env",variable]),"--entrypoint","haproxy",options.edge.image,"-W","-db","-f",edge_control.qw.configuration],connect=others.map(network=>["network","connect",...names(stack,network).flatMap(alias=>["--alias",alias]),...addresses(network),network.name,name]),hash=(0,external_node_crypto_.createHash)("sha256").update(JSON.stringify([made,connect])).digest("hex");return{create:["create","--name",name,"--label",`ecluse.scope=${scope}`,"--label","ecluse.role=edge","--label",`ecluse.setup=${hash}`,...made],connect,setup:hash}}function names({service,definition},{aliases}){const container=textOf(definition.container_name);return[...new Set([service,`${service}-edge`,...aliases,...container===void 0?[]:[container]])]}function addresses({ipv4,ipv6}){return[...ipv4===void 0?[]:["--ip",ipv4],...ipv6===void 0?[]:["--ip6",ipv6]]}function certificate({edge},{tls}){return edge.certificate===void 0||tls===void 0?[]:["--mount",`type=bind,source=${edge.certificate},target=${tls.file},readonly`]}function publication({address,port},count,setup){const inside=setup.tls===void 0||port===PLAIN&&count>1?setup.port:setup.tls.port,host=address===void 0?"":`${address.includes(":")?`[${address}]`:address}:`;return`${host}${port??""}${host===""&&port===void 0?"":":"}${inside}/tcp`}const LOOK_MS=2e4,FORMAT=['{"name":{{json .Name}},"image":{{json .Config.Image}},"imageId":{{json .Image}},"status":{{json .State.Status}},"exitCode":{{json .State.ExitCode}}','"health":{{with .State.Health}}{{json .Status}}{{else}}null{{end}}','"service":{{json (index .Config.Labels "com.docker.compose.service")}},"version":{{json (index .Config.Labels "org.opencontainers.image.version")}}','"ports":[{{range .HostConfig.PortBindings}}{{len .}},{{end}}0],"networks":[{{range $name, $one := .NetworkSettings.Networks}}{{json $name}},{{end}}null]}'].join(",");async function userContainers({project:project2},engine){const ids2=(await engine.run({what:`list the containers of project \`${project2}\` on ${engine.name}`,timeoutMs:LOOK_MS,argv:["ps","--all","--quiet","--no-trunc","--filter",`label=com.docker.compose.project=${project2}`,"--filter","label=com.docker.compose.oneoff=False"]})).stdout.split(`
`).filter(Boolean);if(ids2.length===0)return[];const{stdout}=await engine.run({what:`look at the containers of project \`${project2}\` on ${engine.name}`,timeoutMs:LOOK_MS,argv:["inspect","--type","container","--format",FORMAT,...ids2],accept:[0,1]});return stdout.split(`
`).filter(line=>line.startsWith("{")).map(line=>containerIn(fieldsOf(plain(JSON.parse(line)))))}function containerIn(found){const health=textOf(found.health);return{name:(textOf(found.name)??"").replace(/^\//,""),service:textOf(found.service)??"",status:textOf(found.status)??"",health:["starting","healthy","unhealthy"].find(known=>known===health)??"none",exitCode:Number(found.exitCode??0),image:textOf(found.image)??"",imageId:textOf(found.imageId)??"",version:textOf(found.version)??"",publishes:listOf(found.ports).some(count=>count!==0),networks:textsOf(found.networks)}}function plain(value){return typeof value=="string"||typeof value=="number"||typeof value=="boolean"?value:Array.isArray(value)?value.map(plain):typeof value!="object"||value===null?null:Object.fromEntries(Object.entries(value).map(([key,entry])=>[key,plain(entry)]))}const legacy_LOOK_MS=2e4;async function legacyContainers(stack,engine,service=stack.service){const running2=(await userContainers(stack,engine)).filter(({status})=>status==="running"||status==="paused"||status==="restarting"),own=running2.filter(container=>container.service===service),[first]=own;if(first===void 0)return;const ids2=[...new Set(own.map(({imageId})=>imageId))];if(ids2.length>1)throw new families.qq("stack-not-adopted",{message:`The containers of \`${service}\` on ${engine.name} (${own.map(({name})=>name).join(", ")}) run ${ids2.length} different images.`,fix:"Finish what was begun there with `docker compose up -d`, so that all run the same."});return{names:own.map(({name})=>name).toSorted(),...await imageOf(first,engine),healthy:own.every(({status,health})=>status==="running"&&(health==="healthy"||health==="none")),publishes:own.some(({publishes})=>publishes),front:running2.filter(container=>stack.reload.includes(container.service)).map(({name})=>name).toSorted()}}async function stoppedContainers(stack,engine,service=stack.service){return(await userContainers(stack,engine)).filter(container=>container.service===service&&container.status==="exited").map(({name})=>name).toSorted()}async function imageOf({image,imageId,version},engine){const{stdout}=await engine.run({what:`look at image ${image} on ${engine.name}`,argv:["image","inspect","--format","{{json .}}",imageId],timeoutMs:legacy_LOOK_MS,accept:[0,1]}),found=stdout.trim()===""?{}:fieldsOf(plain(JSON.parse(stdout))),digests=textsOf(found.RepoDigests),{name,tag}=partsOf(image);return{image:digests.find(digest=>digest.startsWith(`${name}@`))??digests[0]??imageId,version:version!==""?version:tag??imageId.replace(/^sha256:/,"").slice(0,12)}}function partsOf(image){const[whole=""]=image.split("@"),colon=whole.lastIndexOf(":");return colon>whole.lastIndexOf("/")?{name:whole.slice(0,colon),tag:whole.slice(colon+1)}:{name:whole}}var external_node_path_=__webpack_require__(76760);const conditions=["service_started","service_healthy","service_completed_successfully"],MOST_REPLICAS=8;function dependenciesOf(definition,services){return Object.entries(fieldsOf(definition.depends_on)).flatMap(([service,entry])=>{const{condition:written,required}=fieldsOf(entry),condition=conditions.find(known=>known===textOf(written))??"service_started",needed=required!==!1;return needed||services[service]!==void 0?[{service,condition,required:needed}]:[]})}function neededBy(service,services){const found=new Set,visit=name=>{for(const{service:next}of dependenciesOf(fieldsOf(services[name]),services))found.has(next)||next===service||(found.add(next),visit(next))};return visit(service),[...found]}function needWarnings(service,needed,services){const image=textOf(fieldsOf(services[service]).image);return needed.filter(name=>image!==void 0&&textOf(fieldsOf(services[name]).image)===image).map(name=>`Service \`${name}\`, which \`${service}\` depends on, has the same image; it runs the tag that the compose file names, not the release. For migrations use \`migrate: { in: release }\`.`)}const BASES=["compose.yaml","compose.yml","docker-compose.yml","docker-compose.yaml"],OVERRIDES=["compose.override.yml","compose.override.yaml","docker-compose.override.yml","docker-compose.override.yaml"];async function composeFiles({files},ambient){const checkout=ambient.paths.work,there=async name=>(await ambient.files.info(external_node_path_.posix.resolve(checkout,name)))?.kind==="file",found=files.length>0?files:await usual(there);if(found.length===0)throw refused([problem(`No compose file in ${checkout}: none of ${BASES.join(", ")}.`,"Check the sources out first, or name the files in `files`.")]);const missing=[];for(const name of found)await there(name)||missing.push(name);if(missing.length>0)throw refused(missing.map(name=>problem(`Compose file \`${name}\` is not in ${checkout}.`,"Check the sources out first, or correct `files`.")));const paths=found.map(name=>external_node_path_.posix.resolve(checkout,name));return{paths,folder:external_node_path_.posix.dirname(paths[0])}}async function usual(there){const first=async names2=>{for(const name of names2)if(await there(name))return[name];return[]},base=await first(BASES);return base.length===0?[]:[...base,...await first(OVERRIDES)]}function problem(message,fix){return{code:"compose-invalid",message,fix}}function refused(problems){const[first,...others]=problems;return new families.dz([first??problem("The compose files can not be used.","Check them with `docker compose config`."),...others])}const READ_MS=6e4;async function homeProblems({argv,resolved},service,checkout,engine){if(listOf(fieldsOf(fieldsOf(resolved.services)[service]).volumes).map(fieldsOf).filter(({type})=>type==="bind").length===0)return[];try{const{stdout}=await engine.run({what:"read the paths of the compose files",argv:[...argv,"config","--format","json","--no-path-resolution"],cwd:checkout,userEnvironment:!0,timeoutMs:READ_MS}),raw=fieldsOf(fieldsOf(fieldsOf(literalOf(JSON.parse(stdout))).services)[service]);return listOf(raw.volumes).map(entry=>textOf(fieldsOf(entry).source)??"").filter(source=>source.startsWith("~")).map(source=>problem(`Service \`${service}\` mounts \`${source}\`, which means the home folder of this machine and not that of the host.`,"Write the full path on the host."))}catch(thrown){if(thrown instanceof SyntaxError||thrown instanceof families.mo&&(thrown.code==="program-failed"||thrown.code==="compose-invalid"))return[];throw thrown}}function networksOf(definition,all,project2){return Object.entries(fieldsOf(definition.networks)).map(([key,entry])=>{const{aliases,ipv4_address:ipv4,ipv6_address:ipv6}=fieldsOf(entry),ip=textOf(ipv4),ip6=textOf(ipv6);return{key,...real(all[key],`${project2}_${key}`),aliases:textsOf(aliases),...ip===void 0?{}:{ipv4:ip},...ip6===void 0?{}:{ipv6:ip6}}})}function volumesOf(definition,all,project2){const keys=listOf(definition.volumes).map(fieldsOf).filter(({type})=>type==="volume").map(({source})=>textOf(source)??"");return[...new Set(keys)].filter(key=>key!=="").map(key=>({key,...real(all[key],`${project2}_${key}`)}))}function real(entry,otherwise){const{name,external}=fieldsOf(entry);return{name:textOf(name)??otherwise,external:external===!0}}function ownPaths(service,secrets,configs,checkout){const binds=listOf(service.volumes).map(fieldsOf).filter(({type})=>type==="bind").map(({source})=>textOf(source)),files=[...filesOf(service.secrets,secrets),...filesOf(service.configs,configs)];return[...binds,...files].filter(path=>path!==void 0).filter(path=>within(checkout,path))}function filesOf(used,all){return listOf(used).map(entry=>textOf(fieldsOf(all[textOf(fieldsOf(entry).source)??""]).file))}function movedService(service,move){const{volumes}=service;return volumes===void 0?service:{...service,volumes:listOf(volumes).map(entry=>isFields(entry)&&entry.type==="bind"?{...entry,...movedPath(entry,"source",move)}:entry)}}function movedFiles(all,move){return Object.fromEntries(Object.entries(all).map(([key,entry])=>[key,isFields(entry)?{...entry,...movedPath(entry,"file",move)}:entry]))}function movedPath(entry,key,{checkout,projectFolder,folder}){const path=textOf(entry[key]);return path===void 0||!within(checkout,path)?{}:{[key]:external_node_path_.posix.join(folder,external_node_path_.posix.relative(projectFolder,path))}}function within(folder,path){return path===folder||path.startsWith(folder.endsWith("/")?folder:`${folder}/`)}var published_port=__webpack_require__(39633);function portsOf(definition,{service,port:chosen,publish}){const entries=listOf(definition.ports).map(entryOf),tcp=entries.filter(({protocol})=>protocol==="tcp"),named2=distinct(tcp.length>0?tcp.map(({target})=>target):exposed(definition)),port=chosen??(named2.length===1?named2[0]:0),own=tcp.filter(({target})=>target===port),lost=entries.filter(entry=>!own.includes(entry)&&entry.published!==""),ranges=publish===void 0?own.filter(({published})=>published.includes("-")):[];return{port,published:publish===void 0?own.filter(entry=>!ranges.includes(entry)).map(publishedOf):publish.flatMap(written=>(0,published_port.O7)(written)??[]),problems:[...port>0?[]:[noPort(service,named2)],...ranges.map(({published})=>problem(`Service \`${service}\` publishes the range ${published}; the edge takes single ports.`,"Write one port in `ports`, or name those of the edge in `publish`."))],warnings:port===0?[]:lost.map(entry=>`Port ${entry.published} of the host led to port ${entry.target}/${entry.protocol} of \`${service}\`; only port ${port}/tcp is behind the edge, so it is not published any more.`)}}function noPort(service,named2){const observed=named2.length===0?"names no port that it listens on":`names several ports: ${named2.join(", ")}`;return problem(`Service \`${service}\` ${observed}.`,"Set `port` to the one that takes the requests.")}function entryOf(value){const{target,published,protocol,host_ip:address}=fieldsOf(value),host=textOf(address);return{target:Number(target??0),protocol:textOf(protocol)??"tcp",published:typeof published=="number"?String(published):textOf(published)??"",...host===void 0||host===""?{}:{address:host}}}function publishedOf({published,address}){return{...address===void 0?{}:{address},...published===""||published==="0"?{}:{port:Number(published)}}}function exposed(definition){return listOf(definition.expose).flatMap(entry=>{const[,port,protocol="tcp"]=/^(\d+)(?:\/(\w+))?$/.exec(typeof entry=="number"?`${entry}`:textOf(entry)??"")??[];return port===void 0||protocol!=="tcp"?[]:[Number(port)]})}function distinct(values){return[...new Set(values)]}const read_READ_MS=6e4,UNSET=/The \\?"([A-Za-z_]\w*)\\?" variable is not set/g;async function readStack(given,engine){const plain2=["compose",...project(given.options.project),...given.files.paths.flatMap(path=>["--file",path])],first=await configOf(plain2,[],given,engine),hidden=fieldsOf(first.resolved.services)[given.options.service]===void 0,argv=hidden?[...plain2,"--profile","*"]:plain2,{resolved,told}=hidden?await configOf(argv,[],given,engine):first,unset=[...new Set([...told.matchAll(UNSET)].map(([,name=""])=>name))],template=unset.length===0?{}:await templateOf(argv,given,engine);return{argv:["compose","--project-name",textOf(resolved.name)??"",...argv.slice(1+project(given.options.project).length)],resolved,unset,template}}function project(name){return name===void 0?[]:["--project-name",name]}async function templateOf(argv,given,engine){try{return(await configOf(argv,["--no-interpolate"],given,engine)).resolved}catch{return{}}}async function configOf(argv,flags,{checkout,files},engine){const call={what:"read the compose files",argv:[...argv,"config","--format","json",...flags],cwd:checkout,userEnvironment:!0,timeoutMs:read_READ_MS};try{const{stdout,stderr}=await engine.run(call),resolved=literalOf(JSON.parse(stdout));if(!isFields(resolved))throw new TypeError("not an object");return{resolved,told:stderr}}catch(thrown){if(thrown instanceof families.yI&&thrown.code!=="program-failed"&&thrown.code!=="compose-invalid"||!(thrown instanceof families.yI)&&!(thrown instanceof SyntaxError)&&!(thrown instanceof TypeError))throw thrown;const said=thrown instanceof families.yI?lastWords(thrown.tail):thrown.message;throw refused([problem(`\`docker compose config\` can't use ${files.paths.join(", ")}: ${said.replace(/[.\s]+$/,"")}.`,"Correct the files until `docker compose config` accepts them on this machine.")])}}function lastWords(tail){return tail.filter(line=>line.trim()!==""&&!line.includes("level=warning")).slice(-3).join(" ").slice(0,500)}function serviceProblems(name,definition){return[...networkProblems(name,definition),...replicaProblems(name,definition),...tieProblems(name,definition)]}function serviceWarnings(name,definition){const container=textOf(definition.container_name);return[...hasHealthcheck(definition)?[]:[`Service \`${name}\` has no healthcheck in the compose files. "Running" is not "healthy": unless the image brings one, only the edge's own HTTP check tells whether a release is well.`],...container===void 0?[]:[`Service \`${name}\` has \`container_name: ${container}\`; releases run beside each other under names of their own, and others on its networks find the edge by that name.`]]}function hasHealthcheck(definition){const{disable,test}=fieldsOf(definition.healthcheck);return disable===!0||test===void 0||test===null?!1:isList(test)?test.length>0&&test[0]!=="NONE":test!==""}function replicasOf(definition){const written=fieldsOf(definition.deploy).replicas??definition.scale;return written==null?1:Number(written)}function networkProblems(name,definition){const mode=textOf(definition.network_mode);return mode===void 0?[]:[problem(`Service \`${name}\` has \`network_mode: ${mode}\`; the edge finds releases by their names on a network of the project.`,"Take `network_mode` out; without `networks` compose gives the service the default network.")]}function replicaProblems(name,definition){const replicas=replicasOf(definition);return Number.isInteger(replicas)&&replicas>=1&&replicas<=MOST_REPLICAS?[]:[problem(`Service \`${name}\` has ${replicas} replicas; the edge has room for 1 to ${MOST_REPLICAS} of each release.`,"Correct `deploy.replicas` or `scale`.")]}const JOINED=["pid","ipc","uts","cgroup_parent"];function tieProblems(name,definition){const links=textsOf(definition.links).filter(link=>(link.split(":")[1]??link)!==link.split(":")[0]),joined2=JOINED.filter(key=>/^(?:service|container):/.test(textOf(definition[key])??""));return[...links.map(link=>problem(`Service \`${name}\` has the link \`${link}\`; a link holds on to one container.`,"Give the other service that name under `networks` as one of its `aliases`.")),...joined2.map(key=>problem(`Service \`${name}\` has \`${key}: ${textOf(definition[key])}\`, and each release would hold on to one container.`,`Take \`${key}\` out.`)),...listOf(definition.volumes_from).length===0?[]:[problem(`Service \`${name}\` has \`volumes_from\`; each release would hold on to one container.`,"Name the volumes under `volumes`.")],...["provider","models"].filter(key=>isThere(definition[key])).map(key=>problem(`Service \`${name}\` has \`${key}\`, which releases can't have beside each other.`,`Take \`${key}\` out.`))]}function isThere(value){return isFields(value)||listOf(value).length>0}function blankIn(template,unset){const services=Object.fromEntries(Object.entries(fieldsOf(template.services)).map(([name,service])=>[name,unset.filter(variable=>uses(service,variable))])),rest=Object.fromEntries(Object.entries(template).filter(([key])=>key!=="services"&&!key.startsWith("x-"))),shared=unset.filter(variable=>uses(rest,variable)),known=new Set([...Object.values(services).flat(),...shared,...unset.filter(variable=>uses(template,variable))]);return{services,shared,elsewhere:unset.filter(variable=>!known.has(variable))}}function uses(value,variable){return typeof value=="string"?new RegExp(`\\$(?:${variable}(?!\\w)|\\{${variable}(?!\\w))`).test(value):isList(value)?value.some(entry=>uses(entry,variable)):isFields(value)&&Object.entries(value).some(([key,entry])=>uses(key,variable)||uses(entry,variable))}async function resolveStack(options,engine,ambient){const files=await composeFiles(options,ambient),checkout=ambient.paths.work,reading=await readStack({options,files,checkout},engine),distant=options.hosts.some(({address})=>address!==void 0),home=distant?await homeProblems(reading,options.service,checkout,engine):[];return stackOf({options,files,checkout,reading,distant,named:await isNamed(options,files,textOf(reading.resolved.name)??"",ambient)},home)}function stackOf(given,found=[]){const{options,files,checkout,reading,distant,named:named2}=given,{service}=options,{resolved}=reading,project2=textOf(resolved.name)??"",services=Object.fromEntries(Object.entries(fieldsOf(resolved.services)).map(([name,entry])=>[name,fieldsOf(entry)])),written=services[service];if(written===void 0)throw refused([unknownService(service,Object.keys(services)),...missingReloads(options,services)]);const blank=blankIn(reading.template,reading.unset),ports=portsOf(written,options),problems=[...found,...serviceProblems(service,written),...ports.problems,...missingReloads(options,services),...blankProblems(service,blank),...placeProblems(given,written)];if(problems.length>0)throw refused(problems);const model=movedModel(given,services),definition=model.services[service],dependencies=dependenciesOf(definition,model.services),needed=neededBy(service,model.services);return{project:project2,argv:reading.argv,checkout,projectFolder:files.folder,moved:options.folder!==void 0,service,definition,model,dependencies,needed,port:ports.port,published:ports.published,replicas:replicasOf(definition),healthcheck:hasHealthcheck(definition),networks:networksOf(definition,model.networks,project2),volumes:volumesOf(definition,model.volumes,project2),reload:options.edge.reload,unready:Object.fromEntries(needed.map(name=>[name,[...unsetIn(blank,name),...distant&&options.folder===void 0?awayFrom(given,fieldsOf(services[name])):[]]])),warnings:[...ports.warnings,...serviceWarnings(service,definition),...needWarnings(service,needed,model.services),...named2?[]:[folderName(project2)]],containersOf:(scope,instance)=>containersOf(scope,instance,replicasOf(definition))}}function unknownService(service,names2){return problem(`The compose files have no service \`${service}\`; they have ${names2.map(name=>`\`${name}\``).join(", ")||"none"}.`,"Correct `service`.")}function missingReloads({edge},services){return edge.reload.filter(name=>services[name]===void 0).map(name=>problem(`The compose files have no service \`${name}\`, which \`edge.reload\` names.`,"Correct `edge.reload`."))}function blankProblems(service,{services,shared,elsewhere}){const fix="Set it in the `env:` of the step, in `ECLUSE_ENV` or in `.env`, or give it a default in the compose file: `${NAME:-}`.";return[...(services[service]??[]).map(name=>problem(`Variable \`${name}\`, which service \`${service}\` uses, is not set; it would be blank.`,fix)),...shared.filter(name=>!(services[service]??[]).includes(name)).map(name=>problem(`Variable \`${name}\`, which the compose files use for networks, volumes or names, is not set.`,fix)),...elsewhere.map(name=>problem(`Variable \`${name}\` is not set; a file that the compose files read (\`.env\`, \`env_file\`) uses it.`,"Set it, or put a value that has a `$` of its own between single quotes."))]}function unsetIn({services},name){return(services[name]??[]).map(variable=>`variable \`${variable}\` is not set`)}function awayFrom({checkout,reading},service){const{resolved}=reading;return ownPaths(service,fieldsOf(resolved.secrets),fieldsOf(resolved.configs),checkout).map(path=>`\`${path}\` is in the checkout, not on the host`)}function placeProblems(given,service){return!given.distant||given.options.folder!==void 0?[]:awayFrom(given,service).map(why=>problem(`Service \`${given.options.service}\` uses a file by a relative path: ${why}.`,"Set `folder` to the folder on the host that relative paths mean, or write the full path."))}function movedModel({options,files,checkout,reading},services){const{resolved}=reading,plain2={services,networks:fieldsOf(resolved.networks),volumes:fieldsOf(resolved.volumes),secrets:fieldsOf(resolved.secrets),configs:fieldsOf(resolved.configs)};if(options.folder===void 0)return plain2;const move={checkout,projectFolder:files.folder,folder:options.folder};return{...plain2,services:Object.fromEntries(Object.entries(services).map(([name,service])=>[name,movedService(service,move)])),secrets:movedFiles(plain2.secrets,move),configs:movedFiles(plain2.configs,move)}}function folderName(project2){return`The compose project is called \`${project2}\` after the folder of its files here. If the stack on the host was started from another folder, it has another name: say it with \`name:\` in the compose file, or with \`project\`.`}async function isNamed({project:project2},{paths,folder},called,{files}){const plain2=external_node_path_.posix.basename(folder).toLowerCase().replaceAll(/[^a-z0-9_-]/g,"").replace(/^[_-]+/,"");if(project2!==void 0||called!==plain2)return!0;for(const path of paths)if(/^(?:name|"name")\s*:/m.test(await files.text(path)))return!0;return!1}const UP_MS=9e5,READY_MS=3e5,LOOK_EVERY_MS=250,CAREFUL={COMPOSE_REMOVE_ORPHANS:"0",COMPOSE_IGNORE_ORPHANS:"1"};async function ensureDependencies(stack,engine,ambient){if(stack.dependencies.length===0)return;const before=await userContainers(stack,engine),wanting=stack.dependencies.filter(dependency=>isOneOff(dependency)||!runs(before,dependency.service));wanting.length>0&&(refuseUnready(stack,wanting,before,engine),await engine.run(upCall(stack,engine,wanting.map(({service})=>service)))),await untilReady(stack,engine,ambient)}function isOneOff({condition}){return condition==="service_completed_successfully"}function runs(containers,service){return containers.some(container=>container.service===service&&container.status==="running")}function refuseUnready(stack,wanting,containers,engine){const reasons=[...new Set(wanting.flatMap(({service})=>[service,...neededBy(service,stack.model.services)]))].filter(name=>!containers.some(({service})=>service===name)).flatMap(name=>(stack.unready[name]??[]).map(why=>`\`${name}\`: ${why}`));if(reasons.length!==0)throw new families.qq("compose-invalid",{message:`Service \`${stack.service}\` depends on services that are not on ${engine.name} and can't be started from here: ${reasons.join("; ")}.`,fix:"Start them on the host with `docker compose up -d`, or give what is missing."})}function upCall(stack,engine,services){const up=["up","--detach","--no-recreate","--quiet-pull",...services],call={what:`start ${services.map(name=>`\`${name}\``).join(", ")} of project \`${stack.project}\` on ${engine.name}`,userEnvironment:!0,env:CAREFUL,timeoutMs:UP_MS};return stack.moved?{...call,argv:["compose","--project-name",stack.project,"--file","-",...up],cwd:stack.projectFolder,stdin:wholeModel(stack)}:{...call,argv:[...stack.argv,...up],cwd:stack.checkout}}function wholeModel({model,needed}){const services=Object.fromEntries(needed.map(name=>[name,{...fieldsOf(model.services[name]),profiles:[]}]));return JSON.stringify(writtenOf({...model,services}))}async function untilReady(stack,engine,{clock,signal}){const end=clock.now()+READY_MS;for(;;){const containers=await userContainers(stack,engine),open=stack.dependencies.map(dependency=>({dependency,standing:standingOf(dependency,containers)})).filter(({dependency,standing:standing2})=>standing2!=="ready"&&dependency.required);if(open.length===0)return;const never=open.flatMap(({standing:standing2})=>typeof standing2=="object"?[standing2.never]:[]);if(never.length>0||clock.now()>=end)throw notReady(stack,engine,never.length>0?never:open.map(({dependency})=>`\`${dependency.service}\` is not ${wish(dependency)} after ${READY_MS/1e3} s`));signal.throwIfAborted(),await clock.sleep(LOOK_EVERY_MS,signal)}}function standingOf({service,condition},containers){const own=containers.filter(container=>container.service===service);if(own.length===0)return{never:`\`${service}\` has no container`};if(condition==="service_completed_successfully"){const failed=own.find(({status,exitCode})=>status==="exited"&&exitCode!==0);return failed!==void 0?{never:`\`${service}\` ended with exit code ${failed.exitCode}`}:own.every(({status})=>status==="exited")?"ready":"waiting"}const stopped=own.find(({status})=>status==="exited"||status==="dead");if(stopped!==void 0)return{never:`\`${service}\` is ${stopped.status} with exit code ${stopped.exitCode}`};const running2=own.every(({status})=>status==="running");return condition==="service_started"?running2?"ready":"waiting":running2&&own.some(({health})=>health==="none")?{never:`\`${service}\` has no healthcheck, and \`service_healthy\` asks for one`}:own.every(({health})=>health==="healthy")?"ready":"waiting"}function wish({condition}){return condition==="service_healthy"?"healthy":condition==="service_started"?"running":"done"}function notReady({service},engine,reasons){return new families.qq("candidate-unhealthy",{message:`Service \`${service}\` can't start on ${engine.name}, for what it depends on is not ready: ${reasons.join("; ")}.`,fix:"Look at these services with `docker compose ps --all` and `docker compose logs`; they are in the user's own project."})}const surroundings_LOOK_MS=2e4,MAKE_MS=6e4,surroundings_CAREFUL={COMPOSE_REMOVE_ORPHANS:"0",COMPOSE_IGNORE_ORPHANS:"1"};async function ensureSurroundings(stack,engine,ambient){const{networks,volumes}=stack,[haveNetworks,haveVolumes]=await Promise.all([namesOf("network",engine),namesOf("volume",engine)]),missing={networks:networks.filter(({name})=>!haveNetworks.has(name)),volumes:volumes.filter(({name})=>!haveVolumes.has(name))};refuseExternal(missing,engine),missing.networks.length+missing.volumes.length>0&&await make(stack,engine,missing),await ensureDependencies(stack,engine,ambient)}async function namesOf(kind,engine){const{stdout}=await engine.run({what:`list the ${kind}s on ${engine.name}`,argv:[kind,"ls","--format","{{.Name}}"],timeoutMs:surroundings_LOOK_MS});return new Set(stdout.split(`
`).filter(Boolean))}function refuseExternal({networks,volumes},engine){const words2=(kind,parts)=>parts.filter(({external})=>external).map(({name})=>`${kind} \`${name}\``),absent=[...words2("network",networks),...words2("volume",volumes)];if(absent.length!==0)throw new families.qq("compose-invalid",{message:`The compose files call these external, and they are not on ${engine.name}: ${absent.join(", ")}.`,fix:"Create them there, or take `external` out."})}const PLACEHOLDER="ecluse-surroundings";async function make({project:project2,model,projectFolder},engine,{networks,volumes}){const picked=(all,parts)=>fieldsOf(writtenOf(Object.fromEntries(parts.map(({key})=>[key,all[key]??null])))),document={services:{[PLACEHOLDER]:{image:PLACEHOLDER,scale:0,...networks.length===0?{network_mode:"none"}:{networks:networks.map(({key})=>key)},volumes:volumes.map(({key},index)=>({type:"volume",source:key,target:`/${index}`}))}},networks:picked(model.networks,networks),volumes:picked(model.volumes,volumes)};await engine.run({what:`make the networks and volumes of project \`${project2}\` on ${engine.name}`,argv:["compose","--project-name",project2,"--file","-","up","--no-start","--no-build","--pull","never"],stdin:JSON.stringify(document),cwd:projectFolder,userEnvironment:!0,env:surroundings_CAREFUL,timeoutMs:MAKE_MS})}function taskCall({stack,release,task,name,scope,environment,secretSettings}){const{definition}=stack,service={...ownService(definition,{image:(0,domain_release.CC)(release),environment:ownEnvironment(definition,{release,secretSettings,own:{ECLUSE_VERSION:release.version,ECLUSE_ENVIRONMENT:environment,...task.env}}),labels:{"ecluse.scope":scope,"ecluse.role":"task","ecluse.version":release.version}}),networks:ownNetworks(definition,stack.networks),restart:"no",healthcheck:{disable:!0},pull_policy:"missing"},stdin=JSON.stringify({services:{[stack.service]:service},...surroundingsOf(stack,definition,stack)}),compose=["compose","--project-name",name,"--file","-"],rest={stdin,cwd:stack.projectFolder,userEnvironment:!0,env:{COMPOSE_PROGRESS:"quiet"}};return{pull:{...rest,argv:[...compose,"pull","--quiet",stack.service]},run:{...rest,argv:[...compose,"run","--no-deps","--no-TTY","--interactive=false","--name",name,stack.service,...task.argv]}}}const balance=String.raw`
local MOST, ALL = 256, 1

local function server_weights(weight, stable, candidate)
  if weight <= 0 or candidate == 0 then return ALL, 0 end
  if weight >= 100 or stable == 0 then return 0, ALL end
  local a, b = (100 - weight) * candidate, weight * stable
  local x, y = a, b
  while y ~= 0 do x, y = y, x % y end
  a, b = a // x, b // x
  if a > MOST or b > MOST then return nil end
  return a, b
end

local function up_of(arm)
  local up = 0
  for _, slot in ipairs(arm and arm.slots or {}) do up = up + (slot.up and 1 or 0) end
  return up
end

-- The share is kept exact over the replicas that are up: with one of two stable ones down the candidate would else get nearly twice its part.
local function weights_for(arms, weight)
  local stable, candidate = arms.stable and #arms.stable.slots or 0, arms.candidate and #arms.candidate.slots or 0
  local stable_up, candidate_up = up_of(arms.stable), up_of(arms.candidate)
  local a, b
  if stable_up > 0 and candidate_up > 0 then a, b = server_weights(weight, stable_up, candidate_up) end
  if not a then a, b = server_weights(weight, stable, candidate) end
  if not a then
    say(core.alert, "weights", weight .. " % can't be had with " .. stable .. " and " .. candidate .. " replicas: the candidate gets nothing")
    return ALL, 0
  end
  return a, b
end

-- More comes before less, so that there is no moment in which nobody serves.
local function set_weights(arms, stable, candidate)
  local wanted = {}
  for name, weight in pairs({ stable = stable, candidate = candidate }) do
    for _, slot in ipairs(arms[name] and arms[name].slots or {}) do table.insert(wanted, { slot = slot, weight = weight }) end
  end
  table.sort(wanted, function(one, other) return one.weight > other.weight end)
  for _, want in ipairs(wanted) do want.slot.main:set_weight(tostring(want.weight)) end
end

-- At 100 % stable has no weight; it stands by for the moment in which the candidate ends.
local function set_standby(arms)
  for _, slot in ipairs(slots) do
    if slot.held and arms.stable and slot.owner.instance == arms.stable.instance then slot.standby:set_ready() else slot.standby:set_maint() end
  end
end

-- HAProxy's own round robin comes to its shares only in the long run after a change, and a change of weights is what a roll is made of.
-- So requests are dealt here, by the real weights of the servers that are up: in blocks of the fewest requests that have exactly the
-- candidate's share (1 of 20 at 5 %), each shuffled, lest a client that asks its addresses in turn finds one always at the same arm.
-- A server that can't be had after all is HAProxy's to replace.
local hand = { told = "", sums = { stable = 0, candidate = 0 }, slots = { stable = {}, candidate = {} }, block = {} }

local function take_cards(arms)
  local cards, told = { stable = {}, candidate = {} }, {}
  local sums = { stable = 0, candidate = 0 }
  for _, name in ipairs(ARMS) do
    for _, slot in ipairs(arms[name] and arms[name].slots or {}) do
      if slot.weight > 0 then
        table.insert(cards[name], slot)
        sums[name] = sums[name] + slot.weight
        told[#told + 1] = name .. slot.name .. "=" .. slot.weight
      end
    end
  end
  told = table.concat(told, " ")
  if told == hand.told then return end
  for _, slot in ipairs(slots) do slot.credit = 0 end
  hand = { told = told, sums = sums, slots = cards, block = {} }
end

local function new_block(stable, candidate)
  local divisor, rest = stable, candidate
  while rest ~= 0 do divisor, rest = rest, divisor % rest end
  local block = {}
  for index = 1, (stable + candidate) // divisor do block[index] = index <= candidate // divisor and "candidate" or "stable" end
  for last = #block, 2, -1 do
    local other = math.random(last)
    block[last], block[other] = block[other], block[last]
  end
  return block
end

-- The slot for the next request, or nothing.
local function deal()
  local stable, candidate = hand.sums.stable, hand.sums.candidate
  if stable + candidate == 0 then return "" end
  local name = stable == 0 and "candidate" or "stable"
  if stable > 0 and candidate > 0 then
    if #hand.block == 0 then hand.block = new_block(stable, candidate) end
    name = table.remove(hand.block)
  end
  -- Within an arm by weight, in turn.
  local best
  for _, slot in ipairs(hand.slots[name]) do
    slot.credit = slot.credit + slot.weight
    if not best or slot.credit > best.credit then best = slot end
  end
  best.credit = best.credit - hand.sums[name]
  return best.name
end

-- Percent of new requests that reach the candidate, to two decimals, and whether anybody serves at all.
local function real_share(arms)
  local stable, candidate = hand.sums.stable, hand.sums.candidate
  if stable + candidate == 0 then return 0, up_of(arms.stable) > 0 end
  return math.floor(candidate * 10000 / (stable + candidate) + 0.5) / 100, true
end
`,lookup=String.raw`
local A, AAAA = 1, 28
local ANSWER_MS = 500
-- When the engine answered last, whatever it was asked.
local heard_at = -1

local function literal(host)
  return host:match("^%d+%.%d+%.%d+%.%d+$") or (host:find(":", 1, true) and host) or nil
end

local function question(host, kind)
  local labels = {}
  for label in host:gmatch("[^.]+") do
    if #label > 63 then return nil end
    labels[#labels + 1] = string.char(#label) .. label
  end
  local packet = string.pack(">I2I2I2I2I2I2", 1, 0x0100, 1, 0, 0, 0) .. table.concat(labels) .. "\0" .. string.pack(">I2I2", kind, 1)
  return string.pack(">s2", packet)
end

local function after_name(packet, at)
  while true do
    local size = packet:byte(at)
    if size >= 192 then return at + 2 end
    if size == 0 then return at + 1 end
    at = at + 1 + size
  end
end

local function addresses_in(packet, kind)
  local found = {}
  local _, _, questions, answers = string.unpack(">I2I2I2I2", packet)
  local at = 13
  for _ = 1, questions do at = after_name(packet, at) + 4 end
  for _ = 1, answers do
    local type, _, _, size, start = string.unpack(">I2I2I4I2", packet, after_name(packet, at))
    if type == A and kind == A then
      found[#found + 1] = table.concat({ packet:byte(start, start + 3) }, ".")
    elseif type == AAAA and kind == AAAA then
      found[#found + 1] = string.format("%x:%x:%x:%x:%x:%x:%x:%x", string.unpack(">I2I2I2I2I2I2I2I2", packet, start))
    end
    at = start + size
  end
  return found
end

local function ask(host, kind)
  local packet = question(host, kind)
  if not packet then return {} end
  local began = steady()
  local socket = core.tcp()
  socket:settimeout(ANSWER_MS / 1000)
  if not socket:connect(DNS_HOST, tonumber(DNS_PORT)) or not socket:send(packet) then
    socket:close()
    return nil
  end
  local size = socket:receive(2)
  local answer = size and socket:receive((string.unpack(">I2", size)))
  socket:close()
  if not answer then
    local silent = steady() - began >= ANSWER_MS * 0.8
    -- Silence is an answer too: an engine answers at once for a name it knows, and asks the world, which may never answer, for any
    -- other. But one that answered nobody meanwhile is only slow.
    if silent and heard_at >= began then return {} end
    return nil, silent
  end
  heard_at = steady()
  local fine, found = pcall(addresses_in, answer, kind)
  return fine and found or nil
end

-- The addresses of a name; none when the engine does not know it (any more); nothing at all when nobody could be asked. In that
-- case the engine is down, no other container can have got the address meanwhile, and those that run go on. With a second value
-- the engine was there and answered nobody.
local function look_up(host)
  if literal(host) then return { host } end
  local found, silent = ask(host, A)
  if found and #found == 0 then found, silent = ask(host, AAAA) end
  return found, silent
end
`,loop=String.raw`
local TICK_MS, PUBLISH_MS, ALIVE_MS = 25, 250, 1000
-- After a start, or for a candidate that is new, so long may pass until its first check; then being down means that it fell.
local GRACE_MS = 10000

local wish = { revision = 0, weight = 0, arms = {} }
local latch = { fallen = false, returned = false, deadline = nil }
local seen_text, written, balanced, since = nil, nil, nil, 0
local started, published_at, counted_at, leaving = 0, 0, 0, false

local function header_of(text)
  return text:find("[^\32-\126]") and escape(text) or text
end

local function apply(next_wish, kept)
  wish, arms_now, since = next_wish, next_wish.arms, steady()
  latch = kept or { fallen = false, returned = false, deadline = wish.returns_in and since + wish.returns_in }
  for _, arm in pairs(wish.arms) do arm.header = header_of(arm.version) end
  assign(wish)
  set_standby(wish.arms)
  forget_old(wish)
  balanced = nil
  local told = {}
  for name, arm in pairs(wish.arms) do table.insert(told, name .. " " .. escape(arm.version) .. " (" .. escape(arm.instance) .. ", " .. #arm.slots .. ")") end
  table.sort(told, function(one, other) return one > other end)
  core.log(core.notice, "ecluse: wish " .. wish.revision .. ": " .. wish.weight .. " % to the candidate; " .. (told[1] and table.concat(told, ", ") or "no release"))
end

-- A text that is not whole is on its way, or was cut: what was wished before stays.
local function take()
  local text = read(WISH)
  if text == seen_text then return false end
  local next_wish = parse_wish(text)
  if not next_wish then
    if text and parse("ecluse-wish", text) then say(core.alert, "wish", "the wish in " .. WISH .. " can't be understood; the one before stays") end
    return false
  end
  seen_text = text
  apply(next_wish, not write(KEPT, text) and withheld(next_wish, KEPT .. " can't be written, so that a restart would know nothing of it") or nil)
  return true
end

local function look()
  local key = {}
  for _, slot in ipairs(slots) do
    if slot.held then
      local stats = slot.main:get_stats()
      local is_up = stats.status:find("^UP") ~= nil
      local was_up = slot.up
      slot.up = slot.address ~= nil and (is_up or stats.status:find("^DRAIN") ~= nil)
      slot.weight = slot.address and is_up and stats.weight or 0
      slot.seen_up = slot.seen_up or slot.up
      -- Its address may be another's by the time it answers again.
      if was_up and stats.status:find("^DOWN") then unplace(slot) end
      if stats.srv_abrt > slot.cut then
        local counter = counter_of(slot.owner.instance)
        counter.errors, slot.cut, dirty = counter.errors + stats.srv_abrt - slot.cut, stats.srv_abrt, true
      end
      key[#key + 1] = slot.name .. (slot.up and "+" or "-")
    end
  end
  return table.concat(key)
end

local function target()
  return (latch.fallen or latch.returned) and 0 or wish.weight
end

local function has_been_up(arm)
  for _, slot in ipairs(arm.slots) do
    if slot.seen_up then return true end
  end
  return false
end

-- The candidate's checks may pass first after a start; that is no reason to give it everybody.
local function weight_now(now)
  local weight, stable = target(), wish.arms.stable
  if weight < 100 and stable and now - started < GRACE_MS and not has_been_up(stable) then return 0 end
  return weight
end

-- Whether something happened that stays until the next wish.
local function latched(now)
  local before = target()
  local stable, candidate = wish.arms.stable, wish.arms.candidate
  if before > 0 and stable and candidate and up_of(candidate) == 0 then
    if has_been_up(candidate) or (now - since > GRACE_MS and up_of(stable) > 0) then
      latch.fallen = true
      core.log(core.alert, "ecluse: candidate " .. escape(candidate.version) .. " is down, stable gets everything")
    end
  end
  if latch.deadline and now >= latch.deadline then
    latch.returned, latch.deadline = true, nil
    core.log(core.alert, "ecluse: nobody extended the deadline of wish " .. wish.revision .. ", stable gets everything")
    return true
  end
  return before ~= target()
end

local function counters_line(instance, counter)
  return table.concat({ "counters", escape(instance), counter.requests, counter.errors, table.concat(counter.latency, " ") }, " ")
end

local function state_text(now)
  local rows = { "ecluse-state 1", "revision " .. wish.revision, "at " .. wall() }
  local function add(...) rows[#rows + 1] = table.concat({ ... }, " ") end
  add("weight", (string.format("%.2f", share):gsub("%.?0+$", "")))
  add("fallen", latch.fallen and 1 or 0)
  add("returned", latch.returned and 1 or 0)
  add("made", escape(MADE))
  if latch.deadline then
    add("returns", wish.returns_at)
    add("deadline", wall() + latch.deadline - now, latch.deadline - now)
  end
  for _, name in ipairs(ARMS) do
    local arm, active = wish.arms[name], 0
    if arm then
      for _, slot in ipairs(arm.slots) do active = active + slot.active end
      add(name, escape(arm.instance), escape(arm.version), up_of(arm), #arm.servers, active)
    end
  end
  for instance, counter in pairs(counters) do rows[#rows + 1] = counters_line(instance, counter) end
  add("end", wish.revision)
  return table.concat(rows, "\n") .. "\n"
end

local function publish(now)
  if leaving then return end
  local text = read(STATE)
  if text ~= written then
    local _, lines = parse("ecluse-state", text)
    merge(lines)
  end
  dirty, published_at = false, now
  local fresh = state_text(now)
  if write(STATE, fresh) then written = fresh end
end

local function start()
  open_pool()
  started = steady()
  math.randomseed(os.time())
  seen_text = read(WISH)
  local first = parse_wish(seen_text) or parse_wish(read(KEPT))
  if not first then say(core.warning, "wish", "no wish in " .. WISH .. " yet: nothing is served") end
  local kept = remembered(first)
  if first then
    if parse_wish(seen_text) and not write(KEPT, seen_text) then kept = kept or withheld(first, KEPT .. " can't be written") end
    apply(first, kept)
  end
end

local last_key, last_share
local function tick()
  local news = take()
  -- After the wish: one whose time has come already gives nothing for not even a moment.
  local now = steady()
  local key = look()
  news = latched(now) or news
  local stable, candidate = weights_for(wish.arms, weight_now(now))
  local wanted = stable .. ":" .. candidate .. key
  for _, slot in ipairs(slots) do
    if slot.fresh then slot.fresh, wanted = false, wanted .. "!" end
  end
  if wanted ~= balanced then
    set_weights(wish.arms, stable, candidate)
    key, balanced = look(), wanted
  end
  take_cards(wish.arms)
  share, serving = real_share(wish.arms)
  rounds = rounds + 1
  expected = wish.arms.stable ~= nil or (wish.arms.candidate ~= nil and target() > 0)
  news = news or key ~= last_key or share ~= last_share
  if news or now - counted_at >= PUBLISH_MS then
    counted_at = now
    if in_flight() or dirty or news or now - published_at >= ALIVE_MS then
      last_key, last_share = key, share
      publish(now)
    end
  end
end

core.register_task(function()
  start()
  local turn = 0
  while true do
    turn = turn + 1
    -- A process that took over speaks from now on. This one still does what is wished, for the connections that it has.
    if not leaving and turn % 10 == 0 and core.get_info().Stopping == 1 then
      publish(steady())
      leaving = true
    end
    local fine, problem = pcall(tick)
    if not fine then say(core.alert, "tick", "the keeper met a fault: " .. tostring(problem)) end
    core.msleep(TICK_MS)
  end
end)
`,memory=String.raw`
local WISH, KEPT, STATE = FOLDER .. "/wish", FOLDER .. "/wish.kept", FOLDER .. "/state"

-- Counters that are on the disk, by an edge that ran before or still ends its requests: they only ever rise.
local function merge(lines)
  for _, line in ipairs(lines or {}) do
    if line[1] == "counters" and #line == 4 + #BOUNDS + 1 then
      local counter = counter_of(line[2])
      counter.requests = math.max(counter.requests, whole(line[3]) or 0)
      counter.errors = math.max(counter.errors, whole(line[4]) or 0)
      for index = 1, #BOUNDS + 1 do counter.latency[index] = math.max(counter.latency[index], whole(line[4 + index]) or 0) end
    end
  end
end

-- Nobody knows what became of the candidate, or would know after a restart: stable gets everything until somebody wishes anew.
local function withheld(wish, why)
  if wish.weight == 0 or not wish.arms.stable or not wish.arms.candidate then return nil end
  core.log(core.alert, "ecluse: candidate " .. escape(wish.arms.candidate.version) .. " gets nothing until the next wish after " .. wish.revision .. ": " .. why)
  return { fallen = false, returned = true }
end

-- What was latched holds over a restart. Of the time that was left, what passed meanwhile by the host's clock is gone; a clock that
-- was set back does not make it longer. A wish that was taken and is not in the state (the disk was full) does not begin again.
local function remembered(wish)
  local at, lines = parse("ecluse-state", read(STATE))
  merge(lines)
  if not wish or not at then return nil end
  if at < wish.revision and parse("ecluse-wish", read(KEPT)) == wish.revision then
    return withheld(wish, "it was in effect before, and the last state that could be written is of wish " .. at)
  end
  if at ~= wish.revision then return nil end
  local kept = { fallen = false, returned = false }
  for _, line in ipairs(lines) do
    if line[1] == "fallen" or line[1] == "returned" then kept[line[1]] = line[2] == "1" end
    if line[1] == "deadline" then
      kept.deadline = steady() + math.max(0, math.min(whole(line[3]) or 0, (whole(line[2]) or 0) - wall()))
    end
  end
  return kept
end
`,pool=String.raw`
local LOOK_UP_MS, DOUBT_MS = 250, 100
local NOWHERE = "127.0.0.1"

local ARMS = { "stable", "candidate" }
local slots, by_name = {}, {}
local follow

local function open_pool()
  local app, direct = core.backends["app"], core.backends["direct"]
  for index = 1, POOL do
    local slot = {
      name = "p" .. index, main = app.servers["p" .. index], standby = app.servers["b" .. index], direct = direct.servers["p" .. index],
      held = false, up = false, weight = 0, cut = 0, misses = 0, turn = 0, active = 0,
    }
    slots[index] = slot
    by_name["p" .. index], by_name["b" .. index] = slot, slot
  end
end

local function unplace(slot)
  slot.address, slot.up, slot.weight = nil, false, 0
  slot.main:set_maint()
  -- Nobody who brings this server back by hand shall meet whoever has the address now.
  for _, server in ipairs({ slot.main, slot.standby, slot.direct }) do server:set_addr(NOWHERE, "1") end
end

-- The server is down until its first check has passed: HAProxy itself would call it up at once.
local function place(slot, address)
  slot.main:set_maint()
  for _, server in ipairs({ slot.main, slot.standby, slot.direct }) do server:set_addr(address, tostring(slot.port)) end
  slot.main:set_weight("0")
  slot.main:set_ready()
  slot.main:check_force_down()
  slot.address, slot.last, slot.up, slot.fresh = address, address, false, true
end

local function hold(slot, arm, server, turn)
  if not slot.held or slot.owner.instance ~= arm.instance then
    unplace(slot)
    slot.last, slot.misses, slot.seen_up, slot.cut = nil, 0, false, slot.main:get_stats().srv_abrt
  end
  slot.held, slot.owner, slot.host, slot.port, slot.turn = true, arm, server.host, server.port, turn
  if not slot.followed then
    slot.followed = true
    core.register_task(function() follow(slot) end)
  end
end

local function let_go(slot, turn)
  slot.held, slot.turn = false, turn
  slot.standby:set_maint()
  unplace(slot)
end

-- Requests in flight, by slot; whether they are others than before.
local function in_flight()
  local news = false
  for _, slot in ipairs(slots) do
    if slot.owner then
      local active = 0
      for _, server in ipairs({ slot.main, slot.standby, slot.direct }) do active = active + server:get_stats().scur end
      slot.active, news = active, news or active ~= slot.active
    end
  end
  return news
end

-- A slot for a replica: the one it has, else one whose last request has ended, else the one let go of longest ago, whose requests end now.
local function slot_for(arm, server, taken)
  local free
  for _, slot in ipairs(slots) do
    if slot.held and slot.owner.instance == arm.instance and slot.host == server.host and slot.port == server.port and not taken[slot] then return slot end
    if not slot.held and not taken[slot] then
      local better = not free or (slot.active == 0) ~= (free.active == 0) and slot.active == 0 or (slot.active == 0) == (free.active == 0) and slot.turn < free.turn
      if better then free = slot end
    end
  end
  if free and free.active > 0 then
    for _, server_of in ipairs({ free.main, free.standby, free.direct }) do server_of:shut_sess() end
  end
  return free
end

local function assign(wish)
  local taken = {}
  in_flight()
  for _, slot in ipairs(slots) do
    local stays = false
    for _, arm in pairs(wish.arms) do
      for _, server in ipairs(arm.servers) do
        stays = stays or slot.held and slot.owner.instance == arm.instance and slot.host == server.host and slot.port == server.port
      end
    end
    if slot.held and not stays then let_go(slot, wish.revision) end
  end
  for _, name in ipairs(ARMS) do
    local arm = wish.arms[name]
    if arm then arm.slots = {} end
    for _, server in ipairs(arm and arm.servers or {}) do
      local slot = slot_for(arm, server, taken)
      if slot then
        taken[slot] = true
        hold(slot, arm, server, wish.revision)
        table.insert(arm.slots, slot)
      else
        say(core.alert, "surplus", "wish " .. wish.revision .. " names more replicas than this edge has room for: " .. escape(server.host) .. " gets nothing")
      end
    end
  end
end

local function keep_right(slot)
  local host, owner = slot.host, slot.owner
  local found, silent = look_up(host)
  if not slot.held or slot.host ~= host or slot.owner.instance ~= owner.instance then return end
  if not found then
    say(core.warning, "dns", "DNS at " .. DNS_HOST .. ":" .. DNS_PORT .. (silent and " answers nobody" or " can't be asked") .. "; known addresses stay")
    if not slot.address and silent then
      -- The engine is there, and may give the address of one that went down to another.
      slot.last = nil
    elseif not slot.address and slot.last then
      place(slot, slot.last)
    end
    return
  end
  said["dns"] = nil
  if #found == 0 then
    slot.misses = slot.misses + 1
    if slot.misses < 2 then return end
    slot.last = nil
    if slot.address then
      say(core.warning, slot.name, escape(host) .. " is gone")
      unplace(slot)
    end
    return
  end
  slot.misses = 0
  for _, address in ipairs(found) do
    if address == slot.address then return end
  end
  say(core.notice, slot.name, escape(host) .. " is at " .. found[1] .. ":" .. slot.port .. ", slot " .. slot.name)
  place(slot, found[1])
end

-- Keeps the address of one slot right for as long as the slot is held.
function follow(slot)
  while slot.held do
    local fine, problem = pcall(keep_right, slot)
    if not fine then say(core.alert, "follow", "could not follow " .. escape(slot.host) .. ": " .. tostring(problem)) end
    core.msleep(not slot.address and 50 or slot.misses > 0 and DOUBT_MS or LOOK_UP_MS)
  end
  slot.followed = false
end
`;var latency_bounds=__webpack_require__(22719);const traffic=`
local BOUNDS = { ${latency_bounds.C.join(", ")} }
${String.raw`
local WAIT_MS = 3000
-- Instances that left are remembered for when they come back; more than these are forgotten.
local REMEMBERED = 16

local counters, dirty = {}, false

local function counter_of(instance)
  local counter = counters[instance]
  if not counter then
    counter = { requests = 0, errors = 0, latency = {}, turn = 0 }
    for index = 1, #BOUNDS + 1 do counter.latency[index] = 0 end
    counters[instance] = counter
  end
  return counter
end

local function forget_old(wish)
  local old = {}
  for _, arm in pairs(wish.arms) do counter_of(arm.instance).turn = wish.revision end
  for instance, counter in pairs(counters) do
    if counter.turn ~= wish.revision then table.insert(old, instance) end
  end
  table.sort(old, function(one, other) return counters[one].turn > counters[other].turn end)
  for index = REMEMBERED + 1, #old do counters[old[index]] = nil end
end

-- Once for each answer that leaves, ours in place of the server's too: "<server> <status> <microseconds>". Gives the version as a header
-- may hold it, or nothing. (Converters, since they cost half of what other functions cost: HAProxy makes them no picture of the request.)
local function counted(seen)
  local server, status, took = seen:match("^(%S+) (%d+) (%-?%d+)$")
  local slot = by_name[server]
  if not slot or not slot.owner then return "" end
  local counter = counter_of(slot.owner.instance)
  counter.requests = counter.requests + 1
  if tonumber(status) >= 500 then counter.errors = counter.errors + 1 end
  local ms, bucket = tonumber(took) / 1000, 1
  while BOUNDS[bucket] and ms > BOUNDS[bucket] do bucket = bucket + 1 end
  counter.latency[bucket] = counter.latency[bucket] + 1
  dirty = true
  return slot.owner.header
end

local function version(server)
  local slot = by_name[server]
  return slot and slot.owner and slot.owner.header or ""
end

-- A server of the instance that a header names, one that is up if there is any.
local function named(instance)
  local found = ""
  for _, slot in ipairs(slots) do
    if slot.held and slot.owner.instance == instance then
      if slot.up then return slot.name end
      found = slot.name
    end
  end
  return found
end

-- Percent of live requests that the candidate gets now, and whether anybody serves or is to, by which round of the loop. HAProxy may accept
-- requests before the loop's first round.
local share, arms_now, serving, expected, rounds = 0, {}, false, true, 0

-- A client's place between 0 and 100 is fixed for a candidate: raising the weight only ever moves clients to it, going back moves them
-- all to stable, and the next candidate meets other clients first.
local function place_of(client, candidate)
  local sum = 2166136261
  for _, byte in ipairs({ (client .. " " .. candidate):byte(1, -1) }) do sum = ((sum ~ byte) * 16777619) & 0xffffffff end
  -- The last letters alone would hardly move it.
  sum = ((sum ~ (sum >> 16)) * 0x85ebca6b) & 0xffffffff
  sum = ((sum ~ (sum >> 13)) * 0xc2b2ae35) & 0xffffffff
  return (sum ~ (sum >> 16)) / 2 ^ 32 * 100
end

local function stuck(client)
  local candidate = arms_now.candidate
  local arm = candidate and place_of(client, candidate.instance) < share and candidate or arms_now.stable
  local best, highest = "", -1
  for _, slot in ipairs(arm and arm.slots or {}) do
    local rank = place_of(client, slot.host)
    if slot.up and rank > highest then best, highest = slot.name, rank end
  end
  return best
end

-- For a release that is just starting, or starting again. What the loop knows may be older than what HAProxy found: a round of it must pass.
local function wait(txn)
  local began, round = steady(), rounds
  while expected and not (serving and rounds > round + 1) and steady() - began < WAIT_MS do core.msleep(20) end
end

core.register_converters("ecluse_counted", counted)
core.register_converters("ecluse_version", version)
core.register_converters("ecluse_named", named)
core.register_converters("ecluse_dealt", deal)
core.register_converters("ecluse_stuck", stuck)
core.register_action("ecluse_wait", { "http-req" }, wait)
`}`,keeperProgram=["-- Written by Ecluse; the next roll writes it again.",String.raw`
local FOLDER = os.getenv("ECLUSE_FOLDER")
local POOL = tonumber(os.getenv("ECLUSE_POOL"))
local MADE = os.getenv("ECLUSE_MADE") or ""
local DNS_HOST, DNS_PORT = os.getenv("ECLUSE_RESOLVER"):match("^(.*):(%d+)$")

-- Each message once until another one comes, so that a fault which lasts does not fill the disk.
local said = {}
local function say(level, about, text)
  if said[about] == text then return end
  said[about] = text
  core.log(level, "ecluse: " .. text)
end

local function read(path)
  local file = io.open(path, "r")
  if not file then return nil end
  local text = file:read(1048576)
  file:close()
  return text
end

-- Whoever reads sees the old file or the new one, whole.
local function write(path, text)
  local file, problem = io.open(path .. ".new", "w")
  local done = file
  if done then done, problem = file:write(text) end
  if file then
    local closed, late = file:close()
    if not closed then done, problem = nil, late end
  end
  if done then done, problem = os.rename(path .. ".new", path) end
  if done then said[path] = nil else say(core.alert, path, "could not write " .. path .. ": " .. tostring(problem)) end
  return done ~= nil
end

-- Milliseconds that neither jump nor go back, whatever happens to the host's clock.
local function steady()
  local seconds = tonumber((read("/proc/uptime") or ""):match("^[%d.]+"))
  if seconds then return math.floor(seconds * 1000) end
  local now = core.now()
  return now.sec * 1000 + now.usec // 1000
end

-- The host's clock. HAProxy's own has milliseconds but may not follow a clock that was set.
local function wall()
  local now, rough = core.now(), os.time() * 1000
  local fine = now.sec * 1000 + now.usec // 1000
  if fine > rough - 1500 and fine < rough + 2500 then return fine end
  return rough
end

local function escape(text)
  if text == "" then return "%" end
  return (text:gsub("[^A-Za-z0-9_.~-]", function(sign) return string.format("%%%02X", sign:byte()) end))
end

local function unescape(word)
  if word == "%" then return "" end
  return (word:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

local function whole(word)
  return word and word:match("^%d+$") and math.tointeger(tonumber(word)) or nil
end

-- Revision and lines of a text that is complete; nothing for any other.
local function parse(kind, text)
  if not text or text:sub(-1) ~= "\n" then return nil end
  local rows, lines = {}, {}
  for row in text:gmatch("([^\n]*)\n") do rows[#rows + 1] = row end
  local revision = whole((rows[2] or ""):match("^revision (%d+)$"))
  if #rows < 3 or rows[1] ~= kind .. " 1" or not revision or rows[#rows] ~= "end " .. revision then return nil end
  for index = 3, #rows - 1 do
    local line = {}
    for word in rows[index]:gmatch("[^ ]+") do line[#line + 1] = unescape(word) end
    if not line[1] or line[1] == "end" then return nil end
    lines[#lines + 1] = line
  end
  return revision, lines
end

local function parse_wish(text)
  local revision, lines = parse("ecluse-wish", text)
  if not revision then return nil end
  local wish = { revision = revision, arms = {} }
  for _, line in ipairs(lines) do
    local arm, server = line[1]:match("^(%l+)(.*)$")
    if line[1] == "weight" then
      wish.weight = whole(line[2])
    elseif line[1] == "returns" then
      wish.returns_at, wish.returns_in = whole(line[2]), whole(line[3])
      if not wish.returns_at or not wish.returns_in then return nil end
    elseif (arm == "stable" or arm == "candidate") and server == "" then
      if not line[2] or not line[3] then return nil end
      wish.arms[arm] = { name = arm, instance = line[2], version = line[3], servers = {} }
    elseif server == "-server" and wish.arms[arm] then
      if not line[2] or not whole(line[3]) then return nil end
      table.insert(wish.arms[arm].servers, { host = line[2], port = whole(line[3]) })
    end
  end
  if not wish.weight or wish.weight > 100 then return nil end
  return wish
end
`,lookup,pool,balance,traffic,memory,loop].join(`
`),SHARES=3,NOWHERE="127.0.0.1:1",REFUSALS=3,MADE="setenv ECLUSE_MADE ",configuration_PLAIN='content-type "text/plain; charset=utf-8"';function edgeConfiguration(setup,places=edge_control.qw){const slots=Array.from({length:setup.slots*SHARES},(_,index)=>index+1),rest=[...defaults(setup),...door(setup),...routing(places),...app(setup,slots),...direct(slots),""],whole=made2=>["# Written by Ecluse; the next roll writes it again.",...global(setup,places,slots.length,made2),...rest],made=(0,external_node_crypto_.createHash)("sha256").update(JSON.stringify([whole(""),keeperProgram])).digest("hex").slice(0,16);return whole(made).join(`
`)}function madeOf(configuration){return configuration.split(`
`).map(line=>line.trim()).find(line=>line.startsWith(MADE))?.slice(MADE.length)}function global(setup,places,pool2,made){const resolver=setup.resolver??{host:"127.0.0.11",port:53};return["global","  # One thread serves tens of thousands of requests a second, and the keeper needs no locks.","  nbthread 1","  # Some engines allow a billion files; HAProxy would reserve memory for them.","  fd-hard-limit 100000","  hard-stop-after 60s","  # As much room for headers as nginx gives.","  tune.bufsize 32768","  ssl-default-bind-options ssl-min-ver TLSv1.2","  # A round of the keeper is not interrupted by requests.","  tune.lua.forced-yield 100000",".if version_atleast(3.1-dev0)","  tune.lua.bool-sample-conversion normal",".endif",`  stats socket ${quoted(places.admin)} mode 600 level admin`,`  setenv ECLUSE_FOLDER ${quoted(places.folder)}`,`  setenv ECLUSE_POOL ${pool2}`,`  ${MADE}${made}`,`  setenv ECLUSE_RESOLVER ${quoted(`${resolver.host}:${resolver.port}`)}`,`  lua-load ${quoted(places.keeper)}`]}function defaults({slots}){return["","defaults","  mode http","  # Replicas are on this host: one that takes longer is not there. Also the pause before the same server is tried again.","  timeout connect 500ms","  timeout check 5s","  # All headers of a request must be there by then.","  timeout http-request 30s","  # Longer than proxies in front keep theirs (nginx 60 s, Caddy 120 s), or they would use one that is just being closed.","  timeout http-keep-alive 130s","  # Silence of a client in the middle of a body; silence of a release before or within an answer. A request that hangs counts as an error then.","  timeout client 120s","  timeout server 120s","  # Websockets: silence on both sides.","  timeout tunnel 1h","  timeout client-fin 30s","  # Only connections that did not come about are tried again, at another server: a request that was sent is never sent twice. For the","  # same reason there are no kept connections to a release: one that it closes at that moment would lose a request.",`  retries ${slots*REFUSALS+1}`,"  retry-on conn-failure","  option redispatch 1","  option http-server-close","  http-reuse never",error(502,"The release ended in the middle of its answer."),error(503,"No release serves in this environment now."," hdr retry-after 1"),error(504,"The release did not answer in time.")]}function door({address="*",port,tls}){const listen=at=>address==="::"?`  bind :::${at} v4v6`:`  bind ${address}:${at}`;return["","frontend door",listen(port),...tls===void 0?[]:[`${listen(tls.port)} ssl crt ${quoted(tls.file)} alpn h2,http/1.1`],"  # A new process takes over a connection only after the next answer on it: closed while it is idle it could lose a request.","  option idle-close-on-response","  option forwardfor","  # Who ends TLS here knows better than the client; else a proxy in front does.","  http-request set-header x-forwarded-proto https if { ssl_fc }","  http-request set-header x-forwarded-proto http if !{ ssl_fc } !{ req.hdr(x-forwarded-proto) -m found }","  http-request set-header x-forwarded-host %[req.hdr(host)] if { req.hdr(host) -m found } !{ req.hdr(x-forwarded-host) -m found }"]}function routing({folder}){const inside=quoted(`unix@${folder}/inside.sock`),asks=`{ req.fhdr(${edge_control.kq}) -m found }`;return["  # When a release ends a request without an answer, HAProxy before 3.0 closes a connection that the client keeps, without a word, and","  # counts nothing. Behind a socket of their own all requests are first ones, which are answered with 502.",".if version_before(3.0-dev0)","  default_backend inside","","backend inside",`  server inside ${inside}`,"","frontend inside",`  bind ${inside} mode 600 backlog 10000`,".endif","  http-request set-var(txn.ecluse_began) date(0,us)",`  http-request set-var(txn.ecluse_slot) req.fhdr(${edge_control.kq}),lua.ecluse_named if ${asks}`,`  http-request return status 404 ${configuration_PLAIN} string ${configuration_text(`No instance that \`${edge_control.kq}\` names is here.`)} if ${asks} !{ var(txn.ecluse_slot) -m beg p }`,`  use_backend direct if ${asks}`,"  default_backend app"]}function app({healthPath,sticky},slots){return["","backend app","  # For requests whose replica could not be had; the others are dealt by the keeper, by the same weights.","  balance roundrobin","  option httpchk",`  http-check send meth GET uri ${quoted(healthPath)} ver HTTP/1.1 hdr host localhost hdr user-agent ecluse`,"  http-check expect status 200-399","  http-request lua.ecluse_wait if { nbsrv lt 1 }",...sticky?stickiness():["  http-request set-var(txn.ecluse_slot) str(next),lua.ecluse_dealt"],"  use-server %[var(txn.ecluse_slot)] if { var(txn.ecluse_slot) -m beg p }","  http-after-response set-var(txn.ecluse_status) status","  http-after-response set-var(txn.ecluse_took) date(0,us),sub(txn.ecluse_began)",...named('srv_name,concat(" ",txn.ecluse_status),concat(" ",txn.ecluse_took),lua.ecluse_counted'),"  # The slots of replicas; the keeper fills them. Down after a few refused connections in a row or two missed checks, up after a good one.",`  default-server inter 500ms fastinter 200ms downinter 200ms fall 2 rise 1 observe layer4 error-limit ${REFUSALS} on-error mark-down`,...slots.map(slot=>`  server p${slot} ${NOWHERE} weight 0 check disabled`),"  # The same for the replicas of stable: they serve when none of those above can.",...slots.map(slot=>`  server b${slot} ${NOWHERE} weight 100 track app/p${slot} backup disabled`)]}function direct(slots){return["","backend direct","  # The instance that a header names, or nobody: without weight no server stands in for another.","  use-server %[var(txn.ecluse_slot)] if { always_true }",error(503,`The instance that \`${edge_control.kq}\` names is not up.`," hdr retry-after 1"),...named("srv_name,lua.ecluse_version"),...slots.map(slot=>`  server p${slot} ${NOWHERE} weight 0 track app/p${slot}`)]}function named(version){return[`  http-after-response set-var(txn.ecluse_version) ${version}`,`  http-after-response del-header ${edge_control.XP}`,`  http-after-response set-header ${edge_control.XP} %[var(txn.ecluse_version)] if { var(txn.ecluse_version) -m len gt 0 }`]}function stickiness(){return["  http-request set-var(txn.ecluse_client) req.cook(ecluse)","  http-request set-var(txn.ecluse_new) uuid,regsub(-,,g) if !{ var(txn.ecluse_client) -m reg ^[0-9a-f]{32}$ }","  http-request set-var(txn.ecluse_client) var(txn.ecluse_new) if { var(txn.ecluse_new) -m found }","  http-request set-var(txn.ecluse_slot) var(txn.ecluse_client),lua.ecluse_stuck",'  http-response add-header set-cookie "ecluse=%[var(txn.ecluse_new)]; Path=/; HttpOnly; SameSite=Lax" if { var(txn.ecluse_new) -m found }']}function error(status,message,header=""){return`  http-error status ${status} ${configuration_PLAIN} string ${configuration_text(message)}${header}`}function configuration_text(message){return`"Ecluse: ${message}\\n"`}function quoted(word){return`'${word.replaceAll("'",String.raw`'\''`)}'`}async function containers_containersOf({engine,scope}){return(await engine.containers({label:`ecluse.scope=${scope}`})).map(ours)}async function inspected({engine},names2){return(await engine.containers({names:names2})).map(ours)}function ours(facts){const instance=facts.labels["ecluse.instance"]??"";return{...facts,...instance===""?{}:{instance},setup:facts.labels["ecluse.setup"]??""}}function stopReason({name,running:running2,status,exitCode,outOfMemory:outOfMemory2,error:error2,restarts,health}){if(running2&&health!=="unhealthy")return;if(running2)return`${name} is unhealthy by its own healthcheck`;const again=restarts===0?"":`, after ${restarts} ${restarts===1?"restart":"restarts"}`;return outOfMemory2?`${name} was killed for want of memory${again}`:`${name} is ${status} with exit code ${exitCode}${error2===""?"":` (${error2})`}${again}`}var local_control=__webpack_require__(23419),decode=__webpack_require__(28365);const emptyRecord={instances:[],failures:[]},FAILURES_KEPT=5,decodeRecord=(0,decode.Ik)({instances:(0,decode.p_)((0,decode.Ik)({id:decode.Qq,release:local_control.o1,project:decode.Qq,document:decode.Qq,containers:(0,decode.p_)(decode.Qq),port:decode.ai,servedAt:(0,decode.lq)(decode.ai),restarts:(0,decode.lq)(decode.ai)})),promoted:(0,decode.lq)(decode.Qq),failures:(0,decode.p_)((0,decode.Ik)({at:decode.ai,version:decode.Qq,reason:decode.Qq,lines:(0,decode.p_)(decode.Qq)}))});function readRecord(source,place){return(0,local_control.g7)(decodeRecord,source,place)}function writtenRecord(record){return`${JSON.stringify(record)}
`}function instanceOf(record,id2){return record.instances.find(instance=>instance.id===id2)}function armOf({id:id2,release,containers,port}){return{instance:id2,version:release.version,servers:containers.map(host=>({host,port}))}}function withInstance(record,instance){return{...record,instances:[...record.instances.filter(({id:id2})=>id2!==instance.id),instance]}}function withoutInstances(record,ids2){return{...record,instances:record.instances.filter(({id:id2})=>!ids2.has(id2))}}function withFailure(record,failure){return{...record,failures:[...record.failures,failure].slice(-FAILURES_KEPT)}}function restorable({instances},inUse2){const used=new Set(instances.filter(({id:id2})=>inUse2.has(id2)).map(({release})=>(0,domain_release.DR)(release))),newestFirst=instances.flatMap(instance=>{const{id:id2,release,servedAt}=instance;return servedAt===void 0||used.has((0,domain_release.DR)(release))?[]:[{id:id2,release,servedAt,instance}]}).toSorted((a,b)=>b.servedAt-a.servedAt);return newestFirst.filter(({release},index)=>newestFirst.findIndex(other=>(0,domain_release.DR)(other.release)===(0,domain_release.DR)(release))===index)}function needless(record,inUse2,keep){const kept2=new Set(restorable(record,inUse2).slice(0,keep).map(({id:id2})=>id2));return record.instances.filter(({id:id2})=>!inUse2.has(id2)&&!kept2.has(id2))}const site_LOOK_MS=2e4,CHANGE_MS=6e4,PULL_MS=6e5,site_LOOK_EVERY_MS=50;function site_named(site,what){return`${what} of \`${site.environment}\` on ${site.engine.name}`}async function keepRecord(site,record){const text=writtenRecord(record);await site.engine.writeFiles((0,edge_control.fU)(site.scope),edge_control.qw.folder,{[nameOf(edge_control.qw.record)]:text,[nameOf(edge_control.qw.recordKept)]:text})}function nameOf(place){return place.slice(edge_control.qw.folder.length+1)}function inUse(wish2){return new Set([wish2?.stable?.instance,wish2?.candidate?.instance].filter(id2=>id2!==void 0))}function noCandidate(site){return new families.qq("no-candidate",{message:`${site_named(site,"The platform")}: no release is on trial.`})}async function until(look,withinMs,{clock,signal}){const end=clock.now()+withinMs;for(;;){const found=await look();if(found!==void 0)return found;if(clock.now()>=end)return;signal.throwIfAborted(),await clock.sleep(site_LOOK_EVERY_MS,signal)}}async function lookAt(site){const{engine,scope}=site,name=(0,edge_control.fU)(scope),[all,files={}]=await Promise.all([containers_containersOf(site),engine.readFolder(name,edge_control.qw.folder)]),[record,wish2,state]=[edge_control.qw.record,edge_control.qw.wish,edge_control.qw.state].map(place=>files[nameOf(place)]),edge=all.find(container=>container.name===name),told=state===void 0||edge===void 0?void 0:wordOf(edge,state),known=record===void 0?emptyRecord:recordIn(site,record,files[nameOf(edge_control.qw.recordKept)]),wished=wish2===void 0?void 0:(0,edge_control.Ko)(wish2)??(0,edge_control.Ko)(files[nameOf(edge_control.qw.wishKept)]??"")??inEffect(site,told,known);return{...edge===void 0?{}:{edge},containers:all.filter(container=>container.instance!==void 0),record:known,...wished===void 0?{}:{wish:wished},...told===void 0?{}:{state:told},files}}function wordOf(edge,text){const state=edge.running?(0,edge_control.UJ)(text):void 0;return state===void 0||state.at<edge.startedAt?void 0:state}function inEffect(site,state,record){if(state===void 0)throw new families.qq("edge-failed",{message:`${site_named(site,"What the edge shall do")} can't be read, and it does not run.`,fix:`Start container \`${(0,edge_control.fU)(site.scope)}\` and look at \`${edge_control.qw.wish}\` in it.`});const armFor=arm=>{const instance=instanceOf(record,state.arms.find(one=>one.arm===arm)?.instance);return instance===void 0?void 0:armOf(instance)},stable=armFor("stable"),candidate=armFor("candidate");return{revision:state.revision,...stable===void 0?{}:{stable},...candidate===void 0?{}:{candidate},weight:Math.round(state.weight)}}function recordIn(site,source,former){try{return readRecord(source,edge_control.qw.record)}catch(thrown){if(former!==void 0)return recordIn(site,former);throw new families.qq("platform-refused",{message:`${site_named(site,"The record")} can't be read: ${(0,families.bD)(thrown)}.`,fix:`Look at \`${edge_control.qw.record}\` in container \`${(0,edge_control.fU)(site.scope)}\`; what runs goes on as it is.`,cause:thrown})}}function observedIn(seen){const{wish:wish2,state}=seen,stable=running(seen,"stable",wish2?.stable?.instance),candidate=running(seen,"candidate",wish2?.candidate?.instance);return{...stable===void 0?{}:{stable},...candidate===void 0?{}:{candidate},weight:state===void 0||candidate===void 0?0:state.weight,...state?.returnsAt===void 0?{}:{returnsAt:state.returnsAt}}}function running(seen,arm,id2){const instance=instanceOf(seen.record,id2);return instance===void 0?void 0:{release:instance.release,id:instance.id,healthy:isHealthy(seen,arm,instance)}}function isHealthy(seen,arm,instance){const own=containersFor(seen,instance),state=armState(seen.state,instance.id),fallen=arm==="candidate"&&seen.state?.fallen===!0;return own.length===instance.containers.length&&own.every(({running:runs2,health})=>runs2&&health!=="unhealthy")&&state!==void 0&&state.servers>0&&state.up===state.servers&&!fallen}function containersFor({containers},{id:id2}){return containers.filter(container=>container.instance===id2)}function armState(state,id2){return state?.arms.find(({instance})=>instance===id2)}const HEARD_MS=1e4;function stillReturning(wish2,site){const at=wish2?.returns?.at;return at===void 0?{}:{returns:{at,inMs:Math.max(0,at-site.ambient.clock.now())}}}async function wishFor(site,before,wanted){const wish2={revision:Math.max(before.wish?.revision??0,before.state?.revision??0)+1,...wanted};await site.engine.write((0,edge_control.fU)(site.scope),edge_control.qw.wish,(0,edge_control.KQ)(wish2));const state=await until(async()=>{const told=await stateOf(site);return told!==void 0&&told.revision>=wish2.revision?told:void 0},HEARD_MS,site.ambient);if(state===void 0)throw await deaf(site,`did not take up wish ${wish2.revision} within ${HEARD_MS/1e3} s`);return{wish:wish2,state}}async function stateOf(site){const text=await site.engine.read((0,edge_control.fU)(site.scope),edge_control.qw.state);return text===void 0?void 0:(0,edge_control.UJ)(text)}async function deaf(site,what){const name=(0,edge_control.fU)(site.scope),logs=await site.engine.run({what:site_named(site,"read the log of the edge"),argv:["logs","--tail","5",name],timeoutMs:site_LOOK_MS,accept:[0,1]}),last=`${logs.stdout}${logs.stderr}`.trim();return new families.Hi("edge-failed",{message:`${site_named(site,"The edge")} (container \`${name}\`) ${what}.${last===""?"":` Its last lines:
${last}`}`,service:"edge",operation:"wish"})}const ARRIVES_WITHIN_MS=2e4,ASKED_AGAIN_MS=3e3,AT_ONCE=6;async function reachedFromOutside(site,instance,names2,lookUpAgain){const{url,options,ambient}=site;if(url==="")return;const counted=async()=>armState(await stateOf(site),instance.id)?.requests??0,before=await counted();let told=ambient.clock.now();const ask=path=>ambient.http.request({what:"see whether requests reach the edge",method:"GET",url:`${url.replace(/\/+$/,"")}${path}`,timeoutMs:2e3});if(await until(async()=>{if(await Promise.allSettled(Array.from({length:AT_ONCE},(_,number)=>ask(number%2===0?options.healthPath:"/"))),ambient.signal.throwIfAborted(),await counted()>before)return!0;ambient.clock.now()-told>=ASKED_AGAIN_MS&&(await lookUpAgain(),told=ambient.clock.now())},ARRIVES_WITHIN_MS,ambient)!==!0)throw new families.qq("edge-failed",{message:`No request to ${url} came to the edge within ${ARRIVES_WITHIN_MS/1e3} s: what is in front goes on using the address that ${names2.join(", ")} has.`,fix:"Name its service (your nginx) in `edge.reload`, or have it look names up by itself; the page on compose says how."})}const NETWORKS="{{range $name, $one := .NetworkSettings.Networks}}{{$name}}	{{end}}";async function staysInReach(site,seen){const stable=instanceOf(seen.record,seen.wish?.stable?.instance),names2=stable===void 0?[]:containersFor(seen,stable).map(({name})=>name);if(stable===void 0||names2.length===0)return;const{networks,project:project2}=await site.stack(),{stdout}=await site.engine.run({what:site_named(site,"look at the networks of stable"),argv:["inspect","--type","container","--format",NETWORKS,...names2],timeoutMs:site_LOOK_MS,accept:[0,1]}),there=stdout.split(`
`).filter(line=>line!=="").map(line=>line.split("	").filter(name=>name!==""));if(there.every(own=>own.some(name=>networks.some(network=>network.name===name))))return;const told=all=>[...new Set(all)].map(name=>`\`${name}\``).join(", ");throw new families.qq("compose-invalid",{message:`${site_named(site,`Stable ${stable.release.version}`)} is on ${told(there.flat())}, and by the compose files (project \`${project2}\`) the edge would be on ${told(networks.map(({name})=>name))}: it could not reach it.`,fix:"If the project has another name on the host, say it with `name:` in the compose file or with `project`. To move to another network, deliver once with both under `networks`."})}async function lookedUpAnew(site){const{project:project2,reload}=await site.stack();for(const service of reload){const argv=["ps","--quiet","--filter",`label=com.docker.compose.project=${project2}`,"--filter",`label=com.docker.compose.service=${service}`],{stdout}=await site.engine.run({what:site_named(site,`look for ${service}`),argv,timeoutMs:site_LOOK_MS}),ids2=stdout.split(`
`).filter(line=>line!=="");ids2.length>0&&await site.engine.run({what:site_named(site,`reload ${service}`),argv:["kill","--signal","HUP",...ids2],timeoutMs:site_LOOK_MS,accept:[0,1]})}}async function rehearsed(site,files){const{engine,scope,options}=site,name=`${(0,edge_control.fU)(scope)}-rehearsal`,what=site_named(site,"try out the new edge"),ports=await newPorts(site),mount=options.edge.certificate===void 0?[]:["--mount",`type=bind,source=${options.edge.certificate},target=/etc/ecluse/certificate.pem,readonly`],argv=["create","--name",name,"--label",`ecluse.scope=${scope}`,"--label","ecluse.role=rehearsal","--user","0:0","--volume",edge_control.qw.folder,...mount,...ports.flatMap(port=>["--publish",port]),"--entrypoint","haproxy",options.edge.image,"-c","-f",edge_control.qw.configuration];try{await gone(site,name),await engine.run({what,argv,timeoutMs:CHANGE_MS}),await engine.writeFiles(name,edge_control.qw.folder,files),await engine.run({what,argv:["start","--attach",name],timeoutMs:CHANGE_MS})}catch(fault){throw fault instanceof families.yI?new families.qq(fault.code==="program-failed"?"edge-failed":fault.code,{message:`${site_named(site,"The edge")} has to be set up anew, and the new one would not start: ${(0,families.bD)(fault)} ${fault.tail.slice(-3).join(" | ")} The present one goes on as it is.`,fix:fault.fix,cause:fault}):fault}finally{await gone(site,name)}}async function gone(site,name){await site.engine.run({what:site_named(site,"take what was tried out away"),argv:["rm","--force","--volumes",name],timeoutMs:CHANGE_MS,accept:[0,1]})}async function newPorts(site){const{published,port}=await site.stack(),{stdout}=await site.engine.run({what:site_named(site,"look at the ports of the edge"),argv:["port",(0,edge_control.fU)(site.scope)],timeoutMs:site_LOOK_MS,accept:[0,1]}),had=new Set([...stdout.matchAll(/:(\d+)$/gm)].map(([,number])=>Number(number)));return published.flatMap(({address,port:wanted})=>wanted===void 0||had.has(wanted)?[]:[`${address===void 0?"":`${address.includes(":")?`[${address}]`:address}:`}${wanted}:${port}/tcp`])}const UP_WITHIN_MS=2e4;async function ensureEdge(site,seen){const there=await madeEdge(site,seen);there.edge?.running===!0?await refresh(site,there):await startEdge(site,there),seen.edge!==void 0&&seen.edge.setup!==there.edge?.setup&&await lookedUpAnew(site)}async function madeEdge(site,seen){const{engine,scope,ambient}=site,name=(0,edge_control.fU)(scope),calls=edgeCalls({scope,stack:await site.stack(),options:site.options,setup:await setupOf(site)});if(seen.edge!==void 0){if(seen.edge.setup===calls.setup)return seen;await staysInReach(site,seen),await fetched(site),await rehearsed(site,await edge_filesOf(site)),ambient.log.warn(`${site_named(site,"The edge")} is set up anew, as the configuration has changed: no request is answered for about a second.`),await engine.run({what:site_named(site,"take the former edge away"),argv:["rm","--force",name],timeoutMs:CHANGE_MS})}if(!await created(site,calls))return untilMade(site);const found=await lookAt(site);return await engine.writeFiles(name,edge_control.qw.folder,{...await edge_filesOf(site),...found.wish===void 0?{[nameOf(edge_control.qw.wish)]:(0,edge_control.KQ)({revision:1,weight:0})}:{},...nameOf(edge_control.qw.record)in found.files?{}:{[nameOf(edge_control.qw.record)]:writtenRecord(seen.record)}}),lookAt(site)}async function fetched(site){const{image}=site.options.edge;(await site.engine.run({what:site_named(site,"look for the image of the edge"),argv:["image","inspect","--format","{{.Id}}",image],timeoutMs:site_LOOK_MS,accept:[0,1]})).exitCode!==0&&await site.engine.run({what:site_named(site,"fetch the image of the edge"),argv:["pull","--quiet",image],timeoutMs:PULL_MS})}async function created(site,calls){try{await site.engine.run({what:site_named(site,"create the edge"),argv:calls.create,timeoutMs:PULL_MS})}catch(fault){if((0,families.bD)(fault).includes("is already in use by container"))return!1;throw fault}for(const argv of calls.connect)await site.engine.run({what:site_named(site,"connect the edge"),argv,timeoutMs:site_LOOK_MS});return!0}async function untilMade(site){const made=await until(async()=>{const seen=await lookAt(site);return seen.wish===void 0?void 0:seen},UP_WITHIN_MS,site.ambient);if(made===void 0)throw await deaf(site,"was made by somebody else, and has no wish");return made}async function startEdge(site,seen){const before=toldAt(seen);if(await site.engine.run({what:site_named(site,"start the edge"),argv:["start",(0,edge_control.fU)(site.scope)],timeoutMs:CHANGE_MS}),await until(async()=>{const state=await stateOf(site);return state!==void 0&&state.at!==before&&state.revision>0?state:void 0},UP_WITHIN_MS,site.ambient)===void 0)throw await deaf(site,`did not come up within ${UP_WITHIN_MS/1e3} s`)}function toldAt({files}){return(0,edge_control.UJ)(files[nameOf(edge_control.qw.state)]??"")?.at??0}async function refresh(site,seen){const{engine,scope}=site,name=(0,edge_control.fU)(scope),wanted=await edge_filesOf(site),made=madeOf(wanted[nameOf(edge_control.qw.configuration)]??"");if(seen.state?.made===made&&Object.entries(wanted).every(([file,text])=>seen.files[file]===text)||(await engine.writeFiles(name,edge_control.qw.folder,wanted),await engine.run({what:site_named(site,"have the edge take up its new configuration"),argv:["kill","--signal","USR2",name],timeoutMs:site_LOOK_MS}),await until(async()=>{const state=await stateOf(site);return state?.made===made?state:void 0},UP_WITHIN_MS,site.ambient)!==void 0))return;const former=Object.fromEntries(Object.keys(wanted).flatMap(file=>seen.files[file]===void 0?[]:[[file,seen.files[file]]]));throw await engine.writeFiles(name,edge_control.qw.folder,former),await deaf(site,"did not take up its new configuration")}async function edge_filesOf(site){return{[nameOf(edge_control.qw.keeper)]:keeperProgram,[nameOf(edge_control.qw.configuration)]:edgeConfiguration(await setupOf(site))}}async function setupOf(site){const{healthPath,sticky,edge}=site.options,{port}=await site.stack();return{port,slots:MOST_REPLICAS,healthPath,sticky,...edge.certificate===void 0?{}:{tls:{port:port===TLS_PORT?TLS_PORT+1:TLS_PORT,file:CERTIFICATE}}}}const TLS_PORT=8443,CERTIFICATE="/etc/ecluse/certificate.pem",RESTARTS=3,LINES=50,STOP_MS=9e5;async function start(site,instance,seen){const{release,containers,project:project2,document}=instance,what=site_named(site,`start release ${release.version}`);if(containersFor(seen,instance).length===containers.length){const failed=(await Promise.allSettled([site.engine.run({what,argv:["start",...containers],timeoutMs:CHANGE_MS}),startsWithEngine(site,"always",containers)])).find(one=>one.status==="rejected");if(failed!==void 0)throw failed.reason;return}const argv=["compose","--project-name",project2,"--file","-","up","--detach","--no-build","--no-recreate","--quiet-pull","--pull","missing"],{projectFolder:cwd}=await site.stack(),up=()=>site.engine.run({what,argv,cwd,stdin:document,userEnvironment:!0,timeoutMs:PULL_MS});try{await up()}catch(fault){if(fault instanceof families.mo&&fault.code==="image-not-found")throw new families.qq("image-not-found",{message:fault.message,cause:fault});if(!(fault instanceof families.yI)||!(0,families.bD)(fault).includes("is already in use by container"))throw fault;await up()}}async function stop(site,containers){const names2=containers.filter(({status})=>status!=="exited"&&status!=="created").map(({name})=>name);names2.length!==0&&(await startsWithEngine(site,"no",names2),await site.engine.run({what:site_named(site,`stop ${names2.join(", ")}`),argv:["stop",...names2],timeoutMs:STOP_MS}))}async function startsWithEngine(site,policy,names2){await site.engine.run({what:site_named(site,`have ${names2.join(", ")} start ${policy==="no"?"no more":"again"} with the engine`),argv:["update","--restart",policy,...names2],timeoutMs:CHANGE_MS})}async function remove(site,containers){if(containers.length===0)return;const names2=containers.map(({name})=>name),argv=["rm","--force",...names2],{exitCode,stderr}=await site.engine.run({what:site_named(site,`remove ${names2.join(", ")}`),argv,timeoutMs:CHANGE_MS,accept:[0,1]}),left=exitCode===0?[]:stderr.split(`
`).filter(line=>line.trim()!==""&&!GONE.test(line));if(left.length!==0)throw new families.yI("program-failed",{message:`Could not ${site_named(site,`remove ${names2.join(", ")}`)}: ${left.join(" ")}`,argv:["docker",...argv],exitCode,tail:left})}const GONE=/No such container|is already in progress/i;async function removeImage(site,{release}){const images=Object.values(release.images);await site.engine.run({what:site_named(site,`remove the image of ${release.version}`),argv:["image","rm",...images],timeoutMs:CHANGE_MS,accept:[0,1]})}async function untilHealthy(site,instance,withinMs,proven=!1){let last=[];const found=await until(async()=>{last=await inspected(site,instance.containers);const hopeless=last.find(one=>one.status==="exited"||one.status==="dead"||one.restarts>=RESTARTS);return hopeless!==void 0?{why:stopReason(hopeless)??`${hopeless.name} was started again and again`}:last.length===instance.containers.length&&last.every(({running:running2,health})=>running2&&(health==="healthy"||health==="none"||proven&&health==="starting"))?{}:void 0},withinMs,site.ambient);if(found!==void 0&&!("why"in found))return restartsOf(last);throw unhealthy(site,instance,found?.why??`${waitingFor(last)} after ${withinMs/1e3} s`)}function restartsOf(containers){return containers.reduce((sum,{restarts})=>sum+restarts,0)}function unhealthy(site,{release},why){return new families.qq("candidate-unhealthy",{message:`${site_named(site,`Release ${release.version}`)} did not become healthy: ${why}.`})}function waitingFor(containers){const not=containers.filter(({running:running2,health})=>!running2||health==="starting"||health==="unhealthy");return not.length===0?"its containers are not there":not.map(one=>stopReason(one)??`${one.name} has not been healthy yet by its own healthcheck`).join("; ")}async function failureOf(site,instance,fault){const{version}=instance.release,containers=await inspected(site,instance.containers),reasons=containers.map(stopReason).filter(reason=>reason!==void 0),lines=await lastLines(site,containers,LINES);return{at:site.ambient.clock.now(),version,reason:[`${version}: ${(0,families.bD)(fault)}`,...reasons].join("; "),lines}}async function lastLines(site,containers,count,since){const from=since===void 0?[]:["--since",new Date(since).toISOString()];return(await Promise.all(containers.map(async({name})=>{const{stdout,stderr}=await site.engine.run({what:site_named(site,`read the log of ${name}`),argv:["logs","--tail",String(count),...from,name],timeoutMs:site_LOOK_MS,accept:[0,1]});return`${stdout}${stderr}`.split(`
`).filter(line=>line!=="").map(line=>containers.length===1?line:`${name} | ${line}`)}))).flat().slice(-count)}const AGAIN_WITHIN_MS=3e4,FIRST_CHECKS_MS=5e3,FRESH_MS=1e4;async function standing(site,seen){const stable=instanceOf(seen.record,seen.wish?.stable?.instance);if(stable===void 0||seen.edge===void 0)return;const fresh=!seen.edge.running||seen.state===void 0||seen.state.at-seen.edge.startedAt<FRESH_MS;seen.edge.running||await startEdge(site,seen);const own=containersFor(seen,stable);if(own.length===stable.containers.length&&own.every(({running:running2})=>running2)){fresh&&await until(()=>reached(site,stable),FIRST_CHECKS_MS,site.ambient);return}site.ambient.log.warn(`${site_named(site,`Stable ${stable.release.version}`)} does not run; it is started again.`);try{await start(site,stable,seen),await untilHealthy(site,stable,AGAIN_WITHIN_MS,!0),await untilReached(site,stable,AGAIN_WITHIN_MS)}catch(fault){throw new families.qq("edge-failed",{message:`${site_named(site,`Stable ${stable.release.version}`)} was stopped and does not come up again, so nothing was taken from the release on trial. ${(0,families.bD)(fault)}`,fix:"Correct what keeps it from starting and go back again, or roll back to another release.",cause:fault})}}async function untilReached(site,instance,withinMs){const state=await until(()=>reached(site,instance),withinMs,site.ambient);if(state!==void 0)return state;throw unhealthy(site,instance,`its containers run, and do not answer the edge's GET ${site.options.healthPath} on port ${instance.port} with 2xx or 3xx after ${withinMs/1e3} s`)}async function reached(site,{id:id2}){const state=await stateOf(site),arm=armState(state,id2);return arm!==void 0&&arm.servers>0&&arm.up===arm.servers?state:void 0}async function legacyOf(site){return legacyContainers(await site.stack(),site.engine)}function legacyRelease({app:app2,ambient},{image,version}){return{app:app2,version,commit:"",images:{[app2]:image},serving:app2,settings:{},settingsHash:ambient.files.sha256((0,domain_release.JV)({}))}}function isBehindEdge({edge,record,wish:wish2}){return edge?.running===!0&&instanceOf(record,wish2?.stable?.instance)?.servedAt!==void 0}async function adopt(site,before,legacy,healthyWithinMs){const{ambient,engine,scope}=site,release=legacyRelease(site,legacy);ambient.log.step(`Take over ${legacy.names.join(", ")} (${release.version}) on ${engine.name}`);const seen=await madeEdge(site,before),{wish:_former,...anew}=seen,instance=await planInstance(site,anew,release);try{await keepRecord(site,withInstance(seen.record,instance)),await start(site,instance,seen),await untilHealthy(site,instance,healthyWithinMs),await engine.write((0,edge_control.fU)(scope),edge_control.qw.wish,(0,edge_control.KQ)({revision:Math.max(seen.wish?.revision??0,seen.state?.revision??0)+1,stable:armOf(instance),weight:0}));const gapMs=await changeOver(site,{legacy,instance},healthyWithinMs);ambient.log.info(gapMs===0?"Taken over while both answered.":`Taken over; for ${gapMs} ms at most nobody answered.`)}catch(fault){throw await undone(site,{legacy,instance,before},fault)}await settled(site,await lookAt(site))}async function changeOver(site,{legacy,instance},withinMs){const{clock}=site.ambient,seen=await lookAt(site),edge=async()=>(seen.edge?.running!==!0&&await startEdge(site,seen),untilReached(site,instance,withinMs));if(!legacy.publishes)return await edge(),await lookedUpAgain(site,legacy),await reachedFromOutside(site,instance,legacy.names,()=>lookedUpAgain(site,legacy)),await stopLegacy(site,legacy),await lookedUpAgain(site,legacy),0;const begun=clock.now();await stopLegacy(site,legacy),await edge(),await lookedUpAgain(site,legacy);const gapMs=clock.now()-begun;return await reachedFromOutside(site,instance,legacy.names,()=>lookedUpAgain(site,legacy)),gapMs}async function stopLegacy(site,{names:names2}){await site.engine.run({what:site_named(site,`stop ${names2.join(", ")}`),argv:["stop",...names2],timeoutMs:CHANGE_MS})}async function lookedUpAgain(site,{front}){front.length>0&&await site.engine.run({what:site_named(site,`reload ${front.join(", ")}`),argv:["kill","--signal","HUP",...front],timeoutMs:CHANGE_MS})}async function settled(site,seen){const stable=instanceOf(seen.record,seen.wish?.stable?.instance);if(stable===void 0||stable.servedAt!==void 0)return;const names2=await stoppedContainers(await site.stack(),site.engine);names2.length>0&&await site.engine.run({what:site_named(site,"keep the former containers from starting again"),argv:["update","--restart","no",...names2],timeoutMs:CHANGE_MS}),await keepRecord(site,withInstance(seen.record,{...stable,servedAt:site.ambient.clock.now()}))}async function untaken(site,seen){const stable=instanceOf(seen.record,seen.wish?.stable?.instance);if(stable===void 0||stable.servedAt!==void 0)return!1;const legacy=await legacyOf(site);if(legacy===void 0)return!1;const knows=seen.record.instances.some(({id:id2,servedAt})=>id2!==stable.id&&servedAt!==void 0);return await undo(site,{legacy,instance:stable,before:knows&&seen.edge!==void 0?{edge:seen.edge}:{}}),!0}async function undone(site,given,fault){const names2=given.legacy.names.join(", ");try{return await undo(site,given),new families.qq("edge-failed",{message:`${site_named(site,"The take-over")} did not succeed; ${names2} serves again. ${(0,families.bD)(fault)}`,cause:fault,...fault instanceof families.mo?{fix:fault.fix}:{}})}catch(other){return new families.qq("edge-failed",{message:`${site_named(site,"The take-over")} did not succeed (${(0,families.bD)(fault)}), and could not be taken back: ${(0,families.bD)(other)}`,fix:`See that one of them serves: \`docker rm --force ${(0,edge_control.fU)(site.scope)}\`, then \`docker start ${given.legacy.names.join(" ")}\`.`,cause:fault})}}async function undo(site,{legacy,instance,before}){const{engine,scope,ambient}=site,name=(0,edge_control.fU)(scope);await engine.run({what:site_named(site,"take the edge away again"),argv:["rm","--force",name],timeoutMs:CHANGE_MS,accept:[0,1]}),await engine.run({what:site_named(site,`start ${legacy.names.join(", ")} again`),argv:["start",...legacy.names],timeoutMs:CHANGE_MS}),await lookedUpAgain(site,legacy);const seen=await lookAt(site);await remove(site,containersFor(seen,instance)),before.edge===void 0&&await engine.run({what:site_named(site,"forget the take-over"),argv:["volume","rm","--force",name],timeoutMs:CHANGE_MS,accept:[0,1]}),ambient.log.warn(`${site_named(site,"The take-over")} was taken back.`)}async function lookWhole(site){const seen=await lookAt(site),forgotten=seen.record.instances.length===0&&seen.containers.some(({running:running2})=>running2);if(seen.edge===void 0?seen.containers.length===0:!forgotten)return seen;seen.edge===void 0&&site.ambient.log.warn(`${site_named(site,"The edge")} (container \`${(0,edge_control.fU)(site.scope)}\`) was taken away; it is made again.`);const made=seen.edge===void 0?await madeEdge(site,seen):seen;if(made.record.instances.length>0)return made;const[one,...others]=await runningHere(site);if(one===void 0)return made;if(others.length>0)throw manyRun(site,[one,...others]);return site.ambient.log.warn(`${site_named(site,"What the edge knew")} was taken away with it: ${one.release.version} is the only release that runs, so it is stable. Earlier ones can't be brought back from here any more.`),await site.engine.write((0,edge_control.fU)(site.scope),edge_control.qw.wish,(0,edge_control.KQ)({revision:(made.wish?.revision??0)+1,stable:armOf(one),weight:0})),await keepRecord(site,withInstance(made.record,one)),lookAt(site)}function manyRun(site,instances){const told=instances.map(({release,containers})=>`${release.version} (${containers.join(", ")})`).join(" and ");return new families.qq("edge-failed",{message:`${site_named(site,"What the edge knew")} was taken away, and several releases run: ${told}. Which of them is stable nobody can say.`,fix:"Stop the containers of all but the one that shall serve (`docker stop \u2026`), then start again."})}const PARTS=['.Label "ecluse.instance"',".Names",'.Label "com.docker.compose.project"','.Label "ecluse.release"'].map(part=>`{{${part}}}`).join("	");async function runningHere(site){const{engine,scope,environment,secretSettings,ambient}=site,argv=["ps","--no-trunc","--filter",`label=ecluse.scope=${scope}`,"--filter","label=ecluse.role=release","--format",PARTS],{stdout}=await engine.run({what:site_named(site,"read what the containers say of themselves"),argv,timeoutMs:site_LOOK_MS}),stack=await site.stack(),found=new Map;for(const line of stdout.split(`
`).filter(Boolean)){const[id2="",name="",project2="",told=""]=line.split("	"),release=(0,local_control.g7)(local_control.o1,told,`label ecluse.release of ${name}`),document=instanceDocument({stack,release,instance:id2,scope,environment,secretSettings}),containers=[...found.get(id2)?.containers??[],name].toSorted();found.set(id2,{id:id2,release,project:project2,document,containers,port:stack.port,servedAt:ambient.clock.now()})}return[...found.values()]}async function shift(site,weight){const seen=await lookWhole(site),candidate=candidateIn(seen);if(candidate===void 0){if(weight===0)return;throw noCandidate(site)}weight>0?await refuseUnwell(site,seen,candidate):await standing(site,seen),refuseUneven(site,seen,weight);const{state}=await wishFor(site,seen,{...armsNow(seen),weight,...stillReturning(seen.wish,site)});if(state.weight!==weight)throw state.returned?new families.qq("platform-refused",{message:`${site_named(site,"The edge")} gives ${candidate.release.version} nothing: its dead-man's switch has sent everything back to stable, as nobody extended the deadline.`,fix:"Find out why the run that held it stood still; then deliver again."}):state.fallen?unhealthy(site,candidate,"it stopped answering the moment it got traffic"):await deaf(site,`gives the candidate ${state.weight} % where ${weight} % were asked for`)}async function promote(site){const seen=await lookWhole(site),candidate=candidateIn(seen);if(candidate===void 0){if(seen.record.promoted===void 0||seen.record.promoted!==seen.wish?.stable?.instance)throw noCandidate(site);return tidy(site,seen)}await refuseUnwell(site,seen,candidate),await swap(site,seen,candidate)}async function swap(site,seen,next){const before=instanceOf(seen.record,seen.wish?.stable?.instance);let now=seen;if(before!==void 0&&seen.state?.weight!==100&&(now={...seen,...await wishFor(site,seen,{stable:armOf(before),candidate:armOf(next),weight:100})},now.state?.weight!==100))throw unhealthy(site,next,"it stopped answering when it got all traffic");before!==void 0&&await drained(site,before);const instances=seen.record.instances.map(instance=>instance.id===next.id?{...instance,servedAt:site.ambient.clock.now()}:instance),record={...seen.record,instances,promoted:next.id};await keepRecord(site,record);const ended2=await wishFor(site,now,{stable:armOf(next),weight:0});await tidy(site,{...now,...ended2,record,containers:(await containers_containersOf(site)).filter(({instance})=>instance!==void 0)})}async function abandon(site){const seen=await lookWhole(site);if(seen.edge===void 0&&seen.containers.length===0||await untaken(site,seen))return;await standing(site,seen);const candidate=candidateIn(seen);if(candidate!==void 0){const first=await wishFor(site,seen,{...armsNow(seen),weight:0});await drained(site,candidate),await wishFor(site,first,{...traffic_stableOf(seen),weight:0})}const{promoted,...record}=seen.record;promoted!==void 0&&await keepRecord(site,promoted===candidate?.id?onTrialOnly(record,candidate):record),await tidy(site,await lookAt(site))}function onTrialOnly(record,{servedAt:_never,...trial}){return withInstance(record,trial)}async function returnAt(site,deadline){const seen=await lookWhole(site);if(candidateIn(seen)===void 0){if(deadline<=0)return;throw noCandidate(site)}const now=seen.state?.weight??0,weight=Number.isInteger(now)?now:seen.wish?.weight??0,returns=deadline<=0?{}:{returns:{at:deadline,inMs:Math.max(0,deadline-site.ambient.clock.now())}};await wishFor(site,seen,{...armsNow(seen),weight,...returns})}async function tidy(site,seen){const used=inUse(seen.wish),gone2=needless(seen.record,used,site.options.keep),ids2=new Set(gone2.map(({id:id2})=>id2));if(await remove(site,gone2.flatMap(instance=>containersFor(seen,instance))),await stop(site,seen.containers.filter(({instance=""})=>!used.has(instance)&&!ids2.has(instance))),gone2.length===0)return;const kept2=withoutInstances(seen.record,ids2),images=new Set(kept2.instances.flatMap(({release})=>Object.values(release.images)));for(const instance of gone2)Object.values(instance.release.images).some(image=>images.has(image))||await removeImage(site,instance);await keepRecord(site,kept2)}function candidateIn({wish:wish2,record}){return instanceOf(record,wish2?.candidate?.instance)}function traffic_stableOf({wish:wish2}){return wish2?.stable===void 0?{}:{stable:wish2.stable}}function armsNow(seen){return{...traffic_stableOf(seen),...seen.wish?.candidate===void 0?{}:{candidate:seen.wish.candidate}}}async function refuseUnwell(site,seen,candidate){if(isHealthy(seen,"candidate",candidate)){const containers=await inspected(site,candidate.containers);if(restartsOf(containers)<=(candidate.restarts??0))return;throw unhealthy(site,candidate,`it ended while it was on trial and the engine started it again: ${containers.filter(({restarts})=>restarts>0).map(({name})=>name).join(", ")}`)}const arm=armState(seen.state,candidate.id);if(seen.state===void 0&&containersFor(seen,candidate).every(({running:running2})=>running2))throw await deaf(site,"does not run, so nothing is known of the candidate");const why=seen.state===void 0?"the edge does not run":seen.state.fallen?"it went down while it had traffic":`${arm?.up??0} of its ${candidate.containers.length} containers answer the edge's health check`;throw unhealthy(site,candidate,why)}function refuseUneven(site,{wish:wish2},weight){const given=(0,edge_control.jK)(weight,{stable:wish2?.stable?.servers.length??0,candidate:wish2?.candidate?.servers.length??0});if("impossible"in given)throw new families.qq("platform-refused",{message:`${site_named(site,"The edge")}: ${given.impossible}.`,fix:"Choose other weights, or give both releases as many replicas."})}async function drained(site,instance){const idle=state=>{if(state===void 0)return;const arm=armState(state,instance.id);return arm===void 0||arm.active===0?!0:void 0};await until(async()=>idle(await stateOf(site)),site.options.drainMs,site.ambient)===void 0&&site.ambient.log.warn(`${instance.release.version} still had requests after ${site.options.drainMs/1e3} s (\`drain\`); they are cut off.`)}async function launch(site,release,healthyWithinMs){const stack=await site.stack();for(const warning of stack.warnings)site.ambient.log.warn(warning);await ensureSurroundings(stack,site.engine,site.ambient);const seen=await cleared(site,await ready(site,healthyWithinMs),release),instance=await planInstance(site,seen,release);await keepRecord(site,withInstance(seen.record,instance));try{return await start(site,instance,await withoutFormer(site,instance,seen)),launchedHere(instance,await enter(site,instance,healthyWithinMs))}catch(fault){throw await takeBack(site,instance,fault).catch(other=>site.ambient.log.error((0,families.bD)(other))),fault}}async function withoutFormer(site,instance,seen){return instance.servedAt===void 0||inUse(seen.wish).has(instance.id)?seen:(await remove(site,containersFor(seen,instance)),{containers:[]})}async function ready(site,healthyWithinMs){const seen=await lookWhole(site),legacy=await legacyOf(site);if(legacy===void 0)await ensureEdge(site,seen),await settled(site,await lookAt(site));else if(isBehindEdge(seen))site.ambient.log.warn(beside(site,legacy)),await ensureEdge(site,seen);else if(site.options.adopt)await adopt(site,seen,legacy,healthyWithinMs);else throw notAdopted(site,legacy);return lookAt(site)}function beside(site,{names:names2}){const{service}=site.options;return`${site_named(site,names2.join(", "))} runs beside the edge: what reaches it by the name \`${service}\` passes the edge by, whatever the weight. Stop it with \`docker stop ${names2.join(" ")}\`, and have \`docker compose up\` leave it out with \`--scale ${service}=0\`.`}function notAdopted(site,{names:names2,publishes}){const gap=publishes?"the old containers stop and the edge starts on their ports: for a second or two nobody answers":"the edge takes over under their name, while both answer";return new families.qq("stack-not-adopted",{message:`${site_named(site,"The service")} is served by ${names2.join(", ")} already, which Ecluse did not start.`,fix:`Set \`adopt: true\` to have it taken over: the same image is started beside it, then ${gap}. The old containers are kept, stopped, and serve again if anything fails.`})}async function cleared(site,seen,release){const current=candidateIn(seen);return seen.wish?.candidate===void 0?seen:current!==void 0&&(0,domain_release.OW)(current.release,release)?{...seen,...await wishFor(site,seen,{...traffic_stableOf(seen),candidate:armOf(current),weight:0})}:(await wishFor(site,seen,{...traffic_stableOf(seen),weight:0}),await tidy(site,await lookAt(site)),lookAt(site))}async function planInstance(site,seen,release){const stack=await site.stack(),made=instance=>instanceDocument({stack,release,instance,scope:site.scope,environment:site.environment,secretSettings:site.secretSettings}),base=site.ambient.files.sha256(`${(0,domain_release.DR)(release)}
${made("")}`).slice(0,12),id2=seen.wish?.stable?.instance===base?`${base}b`:base;return instanceOf(seen.record,id2)??{id:id2,release,project:`ecluse-${site.scope}-${id2}`,document:made(id2),containers:stack.containersOf(site.scope,id2),port:stack.port}}async function enter(site,instance,withinMs,proven=!1){const begun=site.ambient.clock.now(),restarts=await untilHealthy(site,instance,withinMs,proven),seen=await lookAt(site);restarts!==(instance.restarts??0)&&await keepRecord(site,withInstance(seen.record,{...instance,restarts}));const wished=await wishFor(site,seen,{...traffic_stableOf(seen),candidate:armOf(instance),weight:0}),state=await untilReached(site,instance,Math.max(1e3,withinMs-(site.ambient.clock.now()-begun)));return{...seen,...wished,state}}async function takeBack(site,instance,fault){const failure=await failureOf(site,instance,fault),seen=await lookAt(site);seen.wish?.candidate?.instance===instance.id&&await wishFor(site,seen,{...traffic_stableOf(seen),weight:0}),instance.servedAt===void 0&&await remove(site,containersFor(seen,instance));const record=instance.servedAt===void 0?withoutInstances(seen.record,new Set([instance.id])):seen.record;await keepRecord(site,withFailure(record,failure)),await tidy(site,await lookAt(site))}function launchedHere({id:id2},{wish:wish2}){const stable=wish2?.stable;return{id:id2,...stable===void 0?{}:{stable:{id:stable.instance,version:stable.version}}}}async function observe(site){const seen=await lookWhole(site),legacy=isBehindEdge(seen)?void 0:await legacyOf(site);return legacy===void 0?observedIn(seen):site.options.adopt?{stable:{release:legacyRelease(site,legacy),id:legacy.names.join(" "),healthy:legacy.healthy},weight:0}:{...observedIn(seen),unmanaged:legacy.names}}const WELL_WITHIN_MS=6e4;async function releases(site){const seen=await lookWhole(site);return(await Promise.all(restorable(seen.record,inUse(seen.wish)).slice(0,site.options.keep).map(async({instance,...past})=>containersFor(seen,instance).length===instance.containers.length||await imagesThere(site,Object.values(past.release.images))?[past]:[]))).flat()}async function imagesThere(site,images){const{exitCode}=await site.engine.run({what:site_named(site,"look for images"),argv:["image","inspect","--format","{{.Id}}",...images],timeoutMs:site_LOOK_MS,accept:[0,1]});return exitCode===0}async function restore(site,past){const seen=await lookWhole(site),instance=instanceOf(seen.record,past.id)??sameHere(seen,past.release);if(instance===void 0||seen.edge===void 0)throw new families.qq("release-gone",{message:`${site_named(site,`Release ${past.release.version}`)} is not kept any more.`});seen.edge.running||await startEdge(site,seen);const trial=seen.wish?.candidate?.instance;if(trial!==void 0&&trial!==instance.id&&await ended(site),await start(site,instance,seen),seen.wish?.stable?.instance!==instance.id)return swap(site,await enter(site,instance,WELL_WITHIN_MS,!0),instance);await untilHealthy(site,instance,WELL_WITHIN_MS,!0),await untilReached(site,instance,WELL_WITHIN_MS),await tidy(site,await lookAt(site))}function sameHere({record,wish:wish2},release){const stable=instanceOf(record,wish2?.stable?.instance);return stable!==void 0&&(0,domain_release.OW)(stable.release,release)?stable:restorable(record,inUse(wish2)).find(past=>(0,domain_release.OW)(past.release,release))?.instance}async function ended(site){try{await abandon(site)}catch(fault){site.ambient.signal.throwIfAborted(),site.ambient.log.warn((0,families.bD)(fault))}}const tell_LINES=40;async function diagnose(site,since){const seen=await lookAt(site),{now,ahead}=await hostClock(site),there=Math.max(0,since+ahead),stopped=(await inspected(site,seen.containers.map(({name})=>name))).filter(one=>one.finishedAt>=there||one.running&&one.health==="unhealthy"),failures=seen.record.failures.filter(({at})=>at>=since),[events,lines]=await Promise.all([eventsBetween(site,there,now),lastLines(site,stopped.length>0?stopped:seen.containers.filter(({running:running2})=>running2),tell_LINES,there)]);return{stopReasons:[...failures.map(({reason})=>reason),...stopped.map(one=>`${versionOf(seen,one.instance)}: ${stopReason(one)??`${one.name} ended, and was started again by its restart policy`}`)],events:events.map(({at,text})=>({at:at-ahead,text})),lastLines:[...failures.flatMap(({lines:last})=>last),...lines].slice(-tell_LINES)}}function versionOf({record},id2){return instanceOf(record,id2)?.release.version??"an unknown release"}async function hostClock(site){const{stdout}=await site.engine.run({what:site_named(site,"ask for the time"),argv:["info","--format","{{.SystemTime}}"],timeoutMs:site_LOOK_MS}),ours2=site.ambient.clock.now(),told=Date.parse(stdout.trim());return Number.isNaN(told)?{now:ours2,ahead:0}:{now:told,ahead:told-ours2}}const WORTH_TELLING=["die","oom","start","stop","kill","restart","health_status: unhealthy","health_status: healthy"];async function eventsBetween(site,since,until2){const seconds=ms=>(ms/1e3).toFixed(3),{stdout}=await site.engine.run({what:site_named(site,"read the events"),argv:["events","--since",seconds(since),"--until",seconds(until2),"--filter",`label=ecluse.scope=${site.scope}`,"--filter","type=container","--format",'{{.TimeNano}}	{{.Action}}	{{.Actor.Attributes.name}}	{{index .Actor.Attributes "exitCode"}}'],timeoutMs:site_LOOK_MS});return stdout.split(`
`).flatMap(line=>{const[nanoseconds="",action="",name="",exitCode=""]=line.split("	");return WORTH_TELLING.includes(action)?[{at:Math.floor(Number(nanoseconds)/1e6),text:`${name}: ${action}${exitCode===""?"":` with exit code ${exitCode}`}`}]:[]})}async function alone(site){const{engine,scope}=site,argv=["ps","--all","--filter",`label=ecluse.scope=${scope}`,"--filter","label=ecluse.role=task","--format","{{.Names}}	{{.State}}"],{stdout}=await engine.run({what:site_named(site,"look for tasks"),argv,timeoutMs:site_LOOK_MS}),left=stdout.split(`
`).filter(Boolean).map(line=>line.split("	")),running2=left.filter(([,state])=>state==="running").map(([name=""])=>name);if(running2.length>0)throw new families.qq("platform-refused",{message:`${site_named(site,"A task")} that an earlier run began is still at work: container \`${running2.join("`, `")}\`.`,fix:`Wait until it has ended (\`docker logs --follow ${running2[0]}\`), or end it with \`docker rm --force ${running2.join(" ")}\`.`});await remove(site,left.map(([name=""])=>({name})))}async function runTask(site,release,task){const{engine,scope,environment,secretSettings,ambient}=site,name=`ecluse-${scope}-task-${ambient.files.sha256(`${task.name}${ambient.run.id}${ambient.clock.now()}`).slice(0,8)}`,stack=await site.stack();await ensureSurroundings(stack,engine,ambient),await alone(site);const call=taskCall({stack,release,task,name,scope,environment,secretSettings}),what=site_named(site,`run task \`${task.name}\` of ${release.version}`);await engine.run({...call.pull,what:site_named(site,`fetch the image of ${release.version}`),timeoutMs:PULL_MS});try{const{exitCode,stdout,stderr}=await engine.run({...call.run,what,timeoutMs:task.timeoutMs,accept:EVERY_EXIT_CODE}),[container]=await inspected(site,[name]);if(container===void 0||container.status!=="exited"||container.exitCode!==exitCode)throw notStarted({what,argv:call.run.argv,exitCode,lines:linesOf(stdout,stderr)});return{exitCode,timedOut:!1,lastLines:linesOf(stdout,stderr)}}catch(fault){if(!(fault instanceof families.mo)||fault.code!=="program-timeout")throw fault;return{timedOut:!0,lastLines:await lastLines(site,[{name}],tell_LINES)}}finally{await remove(site,[{name}])}}function notStarted({what,argv,exitCode,lines}){return new families.yI("program-failed",{message:`Could not ${what}: its command was not started, or not until its end. ${lines.slice(-3).join(" | ")}`,argv:["docker",...argv],exitCode,tail:lines})}const EVERY_EXIT_CODE=Array.from({length:256},(_,code)=>code);function linesOf(stdout,stderr){return[...stdout.split(`
`),...stderr.split(`
`)].filter(line=>line!=="").slice(-tell_LINES)}const UNITS={B:1,kB:1e3,KB:1e3,MB:1e6,GB:1e9,TB:1e12,KiB:2**10,MiB:2**20,GiB:2**30,TiB:2**40};function bytesOf(usage){const[,count,unit=""]=/^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)/.exec(usage)??[],bytes=Number(count)*(UNITS[unit]??Number.NaN);return bytes>0?bytes:void 0}const STATS_MS=3e4;async function vitals(site,{since,memory:memory2}){const seen=await lookAt(site),used=inUse(seen.wish),own=seen.containers.filter(({instance})=>instance!==void 0&&used.has(instance)),running2=own.filter(one=>one.running).map(({name})=>name),[killed,bytes]=await Promise.all([outOfMemory(site,since),memory2&&running2.length>0?memoryOf(site,running2):new Map]);return own.flatMap(({name,instance,restarts,outOfMemory:now})=>{const launch2=instanceOf(seen.record,instance);if(launch2===void 0)return[];const memoryBytes=bytes.get(name),again=Math.max(0,restarts-(launch2.restarts??0)),times=Math.max(killed.names.filter(one=>one===name).length,now?1:0);return[{version:launch2.release.version,instance:name,restarts:again,...times===0&&again>0&&!killed.whole?{}:{outOfMemory:times},...memoryBytes===void 0?{}:{memoryBytes}}]})}async function outOfMemory(site,since){const{now,ahead}=await hostClock(site),there=since+ahead,{stdout}=await site.engine.run({what:site_named(site,"read which containers ran out of memory"),argv:["events","--since","0","--until",(now/1e3).toFixed(3),"--format",'{{.TimeNano}}{{if eq .Action "oom"}}	{{index .Actor.Attributes "ecluse.scope"}}	{{index .Actor.Attributes "name"}}{{end}}'],timeoutMs:site_LOOK_MS}),all=stdout.split(`
`).filter(line=>line!=="").map(line=>{const[nanoseconds,scope,name=""]=line.split("	");return{at:Number(nanoseconds)/1e6,scope,name}});return{names:all.filter(({at,scope})=>scope===site.scope&&at>=there).map(({name})=>name),whole:all.some(({at})=>at<=there)}}async function memoryOf(site,names2){const{stdout}=await site.engine.run({what:site_named(site,"read the memory"),argv:["stats","--no-stream","--format","{{.Name}}	{{.MemUsage}}",...names2],timeoutMs:STATS_MS});return new Map(stdout.split(`
`).flatMap(line=>{const[name="",used=""]=line.split("	"),bytes=bytesOf(used);return bytes===void 0?[]:[[name,bytes]]}))}function composePlatform(options,given,engines,ambient){const sites=sitesOf(options,given,engines,ambient),look=()=>Promise.all(sites.map(observe));return{name:"compose",capabilities:{weights:"any",sideBySide:!0,addressable:!0,tasks:!0,deadMan:!0,keepsReleases:options.keep},observe:async()=>together(await look()),launch:async(release,plan)=>{try{return launchedOf(given,release,await inOrder(sites,site=>launch(site,compose_alone(release),plan.healthyWithinMs)))}catch(fault){throw sites.length>1&&await onAll(sites,abandon).catch(other=>ambient.log.error((0,families.bD)(other))),fault}},shift:async weight=>{weight===0?await onAll(sites,site=>shift(site,0)):await inOrder(sites,site=>shift(site,weight))},promote:async()=>{await inOrder(sites,promote)},abandon:async()=>{if(sites.length===1)return abandon(sites[0]);const known=(await Promise.allSettled(sites.map(observe))).flatMap(end=>end.status==="fulfilled"?[end.value]:[]),{stable,candidate}=together(known),gone2=candidate?.release;await onAll(sites,async site=>{const here=await observe(site);here.candidate===void 0&&here.stable!==void 0&&gone2!==void 0&&(0,domain_release.OW)(here.stable.release,gone2)&&stable!==void 0&&!(0,domain_release.OW)(stable.release,gone2)?await restore(site,stable):await abandon(site)})},releases:async()=>everywhere(await Promise.all(sites.map(releases))),restore:async past=>{await onAll(sites,site=>restore(site,past))},runTask:(release,task)=>runTask(sites[0],release,task),returnAt:async deadline=>{await onAll(sites,site=>returnAt(site,deadline))},vitals:async asked=>(await Promise.all(sites.map(site=>vitals(site,asked)))).flatMap((all,index)=>all.map(one=>placed(one,sites.length===1?void 0:sites[index]))),diagnose:async since=>joined(await Promise.all(sites.map(site=>diagnosed(site,since))),sites)}}function sitesOf(options,given,engines,ambient){const{app:app2,environment,url,secretSettings}=given;let stack;return engines.map(engine=>({engine,options,app:app2,environment,url,secretSettings,ambient,scope:(0,edge_control.dg)(app2,environment),stack:()=>stack??=resolveStack(options,engine,ambient)}))}async function inOrder(sites,act){const all=[];for(const site of sites)site.ambient.signal.throwIfAborted(),all.push(await act(site));return all}async function onAll(sites,act){const faults=(await Promise.allSettled(sites.map(act))).flatMap(end=>end.status==="rejected"?[end.reason]:[]),[site]=sites;for(const other of faults.slice(1))site?.ambient.log.error((0,families.bD)(other));if(faults.length>0)throw faults[0]}function compose_alone(release){const others=Object.keys(release.images).filter(component=>component!==release.serving);if(others.length===0)return release;throw new families.qq("config-unserved",{message:`Release ${release.version} has more than one component (${others.map(name=>`\`${name}\``).join(", ")}): the compose platform runs only the one that takes traffic.`})}function launchedOf({url,environment},release,all){const{id:id2,stable}=all[0],reach=instance=>({url,headers:{[edge_control.kq]:instance}});return{id:id2,arms:{...stable===void 0?{}:{stable:{name:"stable",identity:stable.version,labels:{environment,arm:"stable",instance:stable.id},reach:reach(stable.id)}},candidate:{name:"candidate",identity:release.version,labels:{environment,arm:"candidate",instance:id2},reach:reach(id2)}},reach:reach(id2)}}function placed(one,site){return site===void 0?one:{...one,instance:`${one.instance} on ${site.engine.name}`}}async function diagnosed(site,since){try{return await diagnose(site,since)}catch(fault){return{stopReasons:[(0,families.bD)(fault)],events:[],lastLines:[]}}}function joined(all,sites){const[only]=all;if(all.length===1&&only!==void 0)return only;const from=(index,line)=>`${sites[index].engine.name}: ${line}`;return{stopReasons:all.flatMap(({stopReasons},index)=>stopReasons.map(line=>from(index,line))),events:all.flatMap(({events},index)=>events.map(({at,text})=>({at,text:from(index,text)}))).toSorted((a,b)=>a.at-b.at),lastLines:all.flatMap(({lastLines:lastLines2},index)=>lastLines2.map(line=>from(index,line)))}}})};export{id,ids,modules};
